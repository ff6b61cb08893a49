import { assert, Batch, type Schema } from '@millrace/batch';
import { HashAggregate } from './aggregate/hash-aggregate.js';
import type { Combiner } from './combiner.js';
import { Gather } from './gather.js';
import { Limiter } from './limit.js';
import { OrderedMerge } from './ordered/ordered-merge.js';
import { Sort } from './ordered/sort.js';
import type { Merge, MergeStatistics, Pipeline } from './pipeline.js';
import { type Selection, sliceSelection } from './rows/selection.js';
import { pickFields, rowsThatFit, writeRows } from './rows/write-rows.js';

/**
 * Builds the operators of a pipeline.
 *
 * @throws InvariantError for a pipeline that does not fit its columns: an unknown kernel, a text whose order is not known
 */
export function createMerge(pipeline: Pipeline): Merge {
  return new PipelineMerge(pipeline);
}

class PipelineMerge implements Merge {
  readonly output: Schema;
  readonly #pipeline: Pipeline;
  readonly #steps: Combiner;
  readonly #limiter: Limiter;
  readonly #ended: boolean[];
  /** Rows that are picked and not yet written: `#pending` from `#at`. */
  #pending: Selection | undefined;
  #at = 0;
  #consumed: { input: number; buffer: SharedArrayBuffer }[] = [];
  #over = false;
  #rowsIn = 0;
  #rowsOut = 0;
  #peakBytes = 0;

  constructor(pipeline: Pipeline) {
    assert(pipeline.batchRows > 0, 'a batch has room for a row', pipeline.batchRows);
    this.#pipeline = pipeline;
    const { combine, inputCount, input, sort, limit, columns } = pipeline;
    const { step, schema } = combiner(inputCount, input, combine);
    const keys = sort.length > 0 ? sort : combine.kind === 'ordered' ? combine.keys : [];
    assert(!limit?.withTies || keys.length > 0, 'rows tie by a sort key');
    this.#limiter = new Limiter(limit, keys, schema);
    this.#steps = sort.length > 0 ? new Sort(step, schema, sort, this.#limiter.wanted) : step;
    this.#ended = Array.from({ length: inputCount }, () => false);
    this.output = pickFields(schema, columns);
    if (this.#limiter.over) this.#stop();
  }

  get over(): boolean {
    return this.#over;
  }

  get statistics(): MergeStatistics {
    return {
      rowsIn: this.#rowsIn,
      rowsOut: this.#rowsOut,
      groups: this.#steps.groups,
      peakBytes: this.#peakBytes,
    };
  }

  wants(input: number): boolean {
    return !this.#over && !this.#ended[input] && this.#steps.wants(input);
  }

  consume(input: number, buffer: SharedArrayBuffer): void {
    assert(!this.#ended[input], 'no batch comes after the end of its input', input);
    const batch = new Batch(this.#pipeline.input, buffer);
    this.#rowsIn += batch.rowCount;
    if (this.#over) {
      this.#consumed.push({ input, buffer });
      return;
    }
    this.#steps.consume(input, batch);
    this.#peakBytes = Math.max(this.#peakBytes, this.#steps.bytes);
  }

  end(input: number): void {
    if (this.#ended[input]) return;
    this.#ended[input] = true;
    this.#steps.end(input);
  }

  consumed(): readonly { readonly input: number; readonly buffer: SharedArrayBuffer }[] {
    if (this.#pending === undefined) this.#takeReleased();
    const consumed = this.#consumed;
    this.#consumed = [];
    return consumed;
  }

  next(): SharedArrayBuffer | undefined {
    while (!this.#over) {
      if (this.#pending !== undefined) return this.#write(this.#pending);
      const selection = this.#steps.pull(this.#rowsToAskFor());
      this.#peakBytes = Math.max(this.#peakBytes, this.#steps.bytes);
      if (selection === undefined) {
        if (this.#steps.done) this.#stop();
        return undefined;
      }
      const kept = this.#limiter.apply(selection);
      if (kept.count > 0) {
        this.#pending = kept;
        this.#at = 0;
      } else {
        this.#takeReleased();
        if (this.#limiter.over) this.#stop();
      }
    }
    return undefined;
  }

  #rowsToAskFor(): number {
    return Math.max(1, Math.min(this.#pipeline.batchRows, this.#limiter.wanted));
  }

  #write(pending: Selection): SharedArrayBuffer {
    const { columns } = this.#pipeline;
    const left = sliceSelection(pending, this.#at, pending.count);
    const part = sliceSelection(left, 0, rowsThatFit(left, columns));
    const buffer = writeRows(part, columns, this.output);
    this.#at += part.count;
    this.#rowsOut += part.count;
    if (this.#at === pending.count) {
      this.#pending = undefined;
      this.#takeReleased();
      if (this.#limiter.over || this.#steps.done) this.#stop();
    }
    return buffer;
  }

  #stop(): void {
    this.#over = true;
    this.#steps.stop();
    this.#takeReleased();
  }

  #takeReleased(): void {
    for (const { input, batch } of this.#steps.released()) {
      this.#consumed.push({ input, buffer: batch.buffer });
    }
  }
}

function combiner(
  inputCount: number,
  input: Schema,
  combine: Pipeline['combine'],
): { step: Combiner; schema: Schema } {
  switch (combine.kind) {
    case 'gather':
      return { step: new Gather(inputCount), schema: input };
    case 'ordered':
      return { step: new OrderedMerge(inputCount, combine.keys), schema: input };
    case 'aggregate': {
      const step = new HashAggregate(inputCount, input, combine);
      return { step, schema: step.schema };
    }
  }
}
