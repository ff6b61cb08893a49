import { Batch, type Schema } from '@millrace/batch';
import type { Combiner, InputBatch } from '../combiner.js';
import type { Combine } from '../pipeline.js';
import { rangeSelection, type Selection } from '../rows/selection.js';
import type { AggregateState } from './aggregate-state.js';
import { writeColumns } from './finished-column.js';
import { GroupTable } from './groups/group-table.js';
import { kernelOf } from './kernels.js';

type Aggregate = Extract<Combine, { kind: 'aggregate' }>;

/**
 * One row a group. All state is columns by group number, in this object: it makes no assumption about which groups it is given,
 * so that partitions of the rows by key can be aggregated apart, one after the other or in several threads.
 */
export class HashAggregate implements Combiner {
  readonly schema: Schema;
  readonly #accumulators: readonly (readonly number[])[];
  readonly #table: GroupTable;
  readonly #states: readonly AggregateState[];
  readonly #ended: boolean[];
  #open: number;
  #released: InputBatch[] = [];
  #emitted = 0;

  constructor(inputCount: number, input: Schema, { keys, accumulators }: Aggregate) {
    this.#accumulators = accumulators.map(({ columns }) => columns);
    this.#table = new GroupTable(input, keys);
    this.#states = accumulators.map(({ kernel, columns, options }) =>
      kernelOf(kernel)(
        columns.map((column) => input.fields[column]!.type),
        options,
      ),
    );
    this.#ended = Array.from({ length: inputCount }, () => false);
    this.#open = inputCount;
    this.schema = {
      fields: [
        ...keys.map(({ column }) => input.fields[column]!),
        ...this.#states.map(({ type }, i) => ({ name: accumulators[i]!.kernel, type })),
      ],
    };
  }

  wants(input: number): boolean {
    return !this.#ended[input];
  }

  consume(input: number, batch: Batch): void {
    const groups = this.#table.groupsOf(batch);
    this.#states.forEach((state, i) => {
      const vectors = this.#accumulators[i]!.map((column) => batch.vectors[column]!);
      state.add(vectors, groups, this.#table.count);
    });
    this.#released.push({ input, batch });
  }

  end(input: number): void {
    this.#ended[input] = true;
    this.#open--;
  }

  pull(most: number): Selection | undefined {
    const from = this.#emitted;
    if (this.#open > 0 || from === this.#table.count) return undefined;
    const to = Math.min(from + most, this.#table.count);
    this.#emitted = to;
    const columns = [
      ...this.#table.finish(from, to),
      ...this.#states.map((state) => state.finish(from, to)),
    ];
    const batch = new Batch(this.schema, writeColumns(this.schema, to - from, columns));
    return rangeSelection(batch, 0, to - from);
  }

  released(): readonly InputBatch[] {
    const released = this.#released;
    this.#released = [];
    return released;
  }

  stop(): void {
    // Nothing is held: batches are read as they come.
  }

  get done(): boolean {
    return this.#open === 0 && this.#emitted === this.#table.count;
  }

  get groups(): number {
    return this.#table.count;
  }

  get bytes(): number {
    return this.#states.reduce((sum, { bytes }) => sum + bytes, this.#table.bytes);
  }
}
