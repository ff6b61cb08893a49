/**
 * One merge, from the ports of its inputs to the engine: it drives the operators (`Merge`), which have no input or output
 * of their own.
 *
 * ```
 * waiting ── begin ──► working ── the merge is over ──► merged
 *     └──────────────────┴── an error, or 'cancel' ───► failed
 * ```
 *
 * An input whose rows are not wanted yet (an ordered merge waits for another one) lies as it came, and its task runs out of
 * credit; so a merge holds no more batches than there are credits. After each batch the thread's event loop has a turn:
 * the shards' tasks may run on the same thread.
 *
 * An input that ends without a last word is the engine's to explain: it hears from the shard's task, or of its thread.
 */
import type { MessagePort } from 'node:worker_threads';
import { verifyBatch } from '@millrace/batch';
import type { Merge, Pipeline } from '@millrace/operators';
import { TaskCancelledError, toEnvelope } from './error-envelope.js';
import { ExchangeReader } from './exchange/exchange-reader.js';
import { ExchangeWriter } from './exchange/exchange-writer.js';
import { MergedArrays } from './merged-arrays.js';
import type { ArrayLimits, Begin, MergeTask } from './protocol.js';

/** What merges of a thread share. */
export interface MergeTaskContext {
  /** Verify every batch before it is published. */
  readonly verify: boolean;
  /** Builds the operators. */
  readonly createMerge: (pipeline: Pipeline) => Merge;
}

/** Credits that go back to a shard in one message, which wakes its thread. */
const CREDITS_AT_ONCE = 2;

/** Runs a merge to its end. Errors go to the engine. */
export function runMergeTask(task: MergeTask, context: MergeTaskContext): Promise<void> {
  return new RunningMerge(task, context).run();
}

/** A stream that comes in. */
class MergeInput {
  readonly reader: ExchangeReader;
  /** Batches that have come and are not read yet. */
  readonly waiting: SharedArrayBuffer[] = [];
  state: 'open' | 'ended' | 'over' = 'open';

  constructor(port: MessagePort, wake: () => void) {
    this.reader = new ExchangeReader(
      port,
      {
        batch: ({ buffer }) => {
          this.waiting.push(buffer);
          wake();
        },
        ended: () => {
          this.state = 'ended';
          wake();
        },
        lost: () => undefined,
      },
      CREDITS_AT_ONCE,
    );
  }
}

class RunningMerge {
  readonly #context: MergeTaskContext;
  readonly #inputs: readonly MergeInput[];
  readonly #output: ExchangeWriter;
  readonly #limits: ArrayLimits | undefined;
  #arrays: MergedArrays | undefined;
  #begin: Begin | undefined;
  #cancelled = false;
  #wake: (() => void) | undefined;
  #ms = 0;
  #byteCount = 0;

  constructor({ inputs, port, credits, arrays }: MergeTask, context: MergeTaskContext) {
    this.#context = context;
    this.#limits = arrays;
    this.#inputs = inputs.map((input) => new MergeInput(input, () => this.#notify()));
    this.#output = new ExchangeWriter(
      { port, credits },
      {
        begin: (message) => {
          this.#begin = message;
          this.#notify();
        },
        credit: () => this.#notify(),
        cancel: () => {
          this.#cancelled = true;
          this.#notify();
        },
      },
    );
  }

  async run(): Promise<void> {
    try {
      const { pipeline, inputs } = await this.#begun();
      const merge = this.#context.createMerge(pipeline);
      if (this.#limits !== undefined) this.#arrays = new MergedArrays(merge.output, this.#limits);
      this.#output.sendSoon({ kind: 'begun', output: merge.output });
      await this.#work(
        merge,
        inputs.map((index) => this.#inputs[index] as MergeInput),
      );
      this.#closeInputs();
      const literals = this.#arrays?.literals();
      this.#output.finish({
        kind: 'merged',
        statistics: merge.statistics,
        ms: this.#ms,
        ...(literals && { literals }),
      });
    } catch (error) {
      this.#closeInputs();
      this.#output.finish({
        kind: 'failed',
        error: toEnvelope(error),
        ...{ server: 0, accepted: true },
        rowCount: this.#arrays?.rowCount ?? 0,
        byteCount: this.#arrays?.byteCount ?? 0,
      });
    }
  }

  async #begun(): Promise<Begin> {
    while (this.#begin === undefined) await this.#event();
    return this.#begin;
  }

  async #work(merge: Merge, inputs: readonly MergeInput[]): Promise<void> {
    for (;;) {
      const startedAt = performance.now();
      const step = this.#step(merge, inputs);
      this.#ms += performance.now() - startedAt;
      if (step === 'over') return;
      if (step === 'worked') await this.#turn();
      else await this.#event();
    }
  }

  /** Publishes one batch, or reads one, or one end. 'waiting': for credit, or for what the merge wants. */
  #step(merge: Merge, inputs: readonly MergeInput[]): 'worked' | 'waiting' | 'over' {
    // Without credit nobody may ask what goes out next: it could not be kept.
    if (!this.#output.ready()) return 'waiting';
    const buffer = merge.next();
    for (const { input, buffer: read } of merge.consumed()) inputs[input]?.reader.credit(read);
    if (buffer !== undefined) {
      if (this.#context.verify) verifyBatch(merge.output, buffer);
      this.#publish(buffer, merge);
      return 'worked';
    }
    if (merge.over) return 'over';
    return feed(merge, inputs) ? 'worked' : 'waiting';
  }

  #publish(buffer: SharedArrayBuffer, { statistics }: Merge): void {
    if (this.#arrays !== undefined) return this.#arrays.add(buffer);
    this.#byteCount += buffer.byteLength;
    this.#output.put(buffer, { rowCount: statistics.rowsOut, byteCount: this.#byteCount });
  }

  /** Lets the shards' tasks on this thread go on. */
  async #turn(): Promise<void> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.#stopIfCancelled();
  }

  /** Waits for a message. */
  async #event(): Promise<void> {
    for (const { reader } of this.#inputs) reader.flushCredits();
    if (!this.#cancelled) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#stopIfCancelled();
  }

  #stopIfCancelled(): void {
    if (this.#cancelled) throw new TaskCancelledError();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Tasks that have not ended take it that their rows are not wanted any more. */
  #closeInputs(): void {
    for (const { reader } of this.#inputs) reader.close();
  }
}

/** Gives a merge one batch that it wants, or one end. False: nothing of that kind has come. */
function feed(merge: Merge, inputs: readonly MergeInput[]): boolean {
  for (const [index, input] of inputs.entries()) {
    const { waiting, state } = input;
    if (waiting.length === 0 && state === 'ended') {
      input.state = 'over';
      merge.end(index);
      return true;
    }
    const buffer = merge.wants(index) ? waiting.shift() : undefined;
    if (buffer === undefined) continue;
    merge.consume(index, buffer);
    return true;
  }
  return false;
}
