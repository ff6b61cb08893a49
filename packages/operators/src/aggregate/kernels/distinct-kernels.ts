/**
 * Aggregates of DISTINCT values. Rows are (group, x), possibly repeated by several shards; each value of a group is taken once.
 * What is taken becomes the partial values that a shard would give for a group of this one value, for the ordinary kernel.
 */
import {
  Batch,
  BatchBuilder,
  type DataType,
  type Schema,
  type Value,
  type Vector,
} from '@millrace/batch';
import type { ColumnOrder } from '../../pipeline.js';
import type { AggregateState, Kernel } from '../aggregate-state.js';
import type { FinishedColumn } from '../finished-column.js';
import { keyStore } from '../groups/group-table.js';
import type { KeyStore } from '../groups/key-store.js';
import { KeyTable } from '../groups/key-table.js';
import { NumberKeyStore } from '../groups/number-key-store.js';

/** How one value becomes partial values, and the kernel that takes them. */
export interface SingleValue {
  readonly kernel: Kernel;
  readonly types: readonly DataType[];
  partials(value: Value): readonly Value[];
}

/** @param single by the type of the values; `order` says how these are equal */
export function distinctKernel(
  single: (type: DataType) => SingleValue,
  order: ColumnOrder,
): Kernel {
  return ([type]) => new DistinctState(type!, order, single(type!));
}

class DistinctState implements AggregateState {
  readonly type: DataType;
  readonly #groups = new NumberKeyStore();
  readonly #values: KeyStore;
  readonly #table: KeyTable;
  readonly #single: SingleValue;
  readonly #inner: AggregateState;
  readonly #schema: Schema;

  constructor(type: DataType, order: ColumnOrder, single: SingleValue) {
    this.#values = keyStore(type, order);
    this.#table = new KeyTable([this.#groups, this.#values]);
    this.#single = single;
    this.#inner = single.kernel(single.types);
    this.#schema = { fields: single.types.map((part) => ({ name: 'partial', type: part })) };
    this.type = this.#inner.type;
  }

  add([vector]: readonly Vector[], groups: Int32Array, groupCount: number): void {
    const rows = this.#newRows(vector!, groups);
    if (rows.length === 0) return;
    const builder = new BatchBuilder(this.#schema, { maxRows: rows.length });
    for (const row of rows) builder.append(this.#single.partials(vector!.at(row)));
    const batch = new Batch(this.#schema, builder.finish());
    this.#inner.add(
      batch.vectors,
      Int32Array.from(rows, (row) => groups[row]!),
      groupCount,
    );
  }

  finish(from: number, to: number): FinishedColumn {
    return this.#inner.finish(from, to);
  }

  get bytes(): number {
    return this.#table.bytes + this.#inner.bytes;
  }

  /** Rows whose value comes for the first time in its group, and is not NULL. */
  #newRows(vector: Vector, groups: Int32Array): number[] {
    this.#groups.loadNumbers(groups);
    this.#values.load(vector);
    let next = this.#table.count;
    const keys = this.#table.find(groups.length);
    const rows: number[] = [];
    for (let row = 0; row < keys.length; row++) {
      // Keys are numbered as they come.
      if (keys[row] !== next) continue;
      next++;
      if (!vector.isNull(row)) rows.push(row);
    }
    return rows;
  }
}
