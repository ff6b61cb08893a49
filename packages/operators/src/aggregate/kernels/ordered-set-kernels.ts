/**
 * percentile_cont, percentile_disc and mode. Rows are (group, value, count), the same value possibly of several shards: what is
 * held is each distinct value of a group once, however many rows it stands for. Rules: orderedsetaggs.c.
 */
import { assert, Batch, type DataType, type Vector } from '@millrace/batch';
import { compareRows, type SortColumn, sortColumn } from '../../ordered/sort-columns.js';
import type { AccumulatorOptions, ColumnOrder } from '../../pipeline.js';
import { SqlValueError } from '../../sql-value-error.js';
import type { AggregateState, Kernel } from '../aggregate-state.js';
import { doubleColumn, type FinishedColumn, writeColumns } from '../finished-column.js';
import { keyStore } from '../groups/group-table.js';
import type { KeyStore } from '../groups/key-store.js';
import { KeyTable } from '../groups/key-table.js';
import { NumberKeyStore } from '../groups/number-key-store.js';
import { grown } from '../growth.js';
import { doublesOf } from './double-values.js';
import { pickedColumn, pickedType } from './picked-column.js';

export type OrderedSet = 'continuous' | 'discrete' | 'mode';

/** @param order how the values are equal, and how they stand */
export function orderedSetKernel(kind: OrderedSet, order: ColumnOrder): Kernel {
  return ([type], options = {}) => {
    assert(type !== undefined, 'an ordered set has values');
    const interpolated = kind !== 'continuous' || type.kind === 'float64';
    assert(interpolated, 'percentile_cont interpolates float8', type.kind);
    if (kind !== 'mode') checkFraction(options.fraction ?? Number.NaN);
    return new OrderedSetState(kind, type, order, options);
  };
}

/** @throws SqlValueError 22003 as `percentile_cont` does */
function checkFraction(fraction: number): void {
  if (fraction >= 0 && fraction <= 1) return;
  throw new SqlValueError('22003', `percentile value ${fraction} is not between 0 and 1`);
}

/** The values of all groups in their order, a group after the other. */
interface SortedValues {
  readonly vector: Vector;
  /** Numbers of the values' keys. */
  readonly keys: Uint32Array;
  /** Where each group's keys begin, and the end. */
  readonly starts: Int32Array;
}

class OrderedSetState implements AggregateState {
  readonly type: DataType;
  readonly #valueType: DataType;
  readonly #kind: OrderedSet;
  readonly #order: ColumnOrder;
  readonly #fraction: number;
  readonly #descending: boolean;
  readonly #groups = new NumberKeyStore();
  readonly #values: KeyStore;
  readonly #table: KeyTable;
  /** Rows of each value: exact up to 2^53. */
  #counts = new Float64Array(0);
  #groupCount = 0;
  #sorted: SortedValues | undefined;

  constructor(kind: OrderedSet, type: DataType, order: ColumnOrder, options: AccumulatorOptions) {
    this.type = pickedType(type);
    this.#valueType = type;
    this.#kind = kind;
    this.#order = order;
    this.#fraction = options.fraction ?? 0;
    this.#descending = options.descending ?? false;
    this.#values = keyStore(type, order);
    this.#table = new KeyTable([this.#groups, this.#values]);
  }

  add([vector, counts]: readonly Vector[], groups: Int32Array, groupCount: number): void {
    this.#groups.loadNumbers(groups);
    this.#values.load(vector!);
    const keys = this.#table.find(groups.length);
    this.#counts = grown(this.#counts, this.#table.count);
    this.#groupCount = groupCount;
    const rows = doublesOf(counts!);
    for (let row = 0; row < keys.length; row++) {
      // NULLs count for nothing, and so never get a count.
      if (!vector!.isNull(row)) this.#counts[keys[row]!]! += rows[row]!;
    }
  }

  finish(from: number, to: number): FinishedColumn {
    this.#sorted ??= this.#sort();
    const sorted = this.#sorted;
    if (this.#kind === 'continuous') {
      return doubleColumn(from, to, (group) => this.#interpolated(sorted, group));
    }
    const picked = new Int32Array(to - from);
    for (let i = 0; i < picked.length; i++) picked[i] = this.#picked(sorted, from + i);
    return pickedColumn(sorted.vector, picked);
  }

  get bytes(): number {
    return this.#table.bytes + this.#counts.byteLength;
  }

  #sort(): SortedValues {
    const count = this.#table.count;
    const schema = { fields: [{ name: 'value', type: this.#valueType }] };
    const buffer = writeColumns(schema, count, [this.#values.finish(0, count)]);
    const vector = new Batch(schema, buffer).vectors[0]!;
    const order = { order: this.#order, descending: this.#descending, nullsFirst: false };
    const columns: readonly SortColumn[] = [sortColumn(vector, order)];
    const keys = Uint32Array.from({ length: count }, (_, key) => key)
      .filter((key) => this.#counts[key]! > 0)
      .sort(
        (a, b) => this.#groups.at(a) - this.#groups.at(b) || compareRows(columns, a, columns, b),
      );
    const starts = new Int32Array(this.#groupCount + 1);
    for (const key of keys) starts[this.#groups.at(key) + 1]!++;
    for (let group = 0; group < this.#groupCount; group++) starts[group + 1]! += starts[group]!;
    return { vector, keys, starts };
  }

  #rowsOf({ keys, starts }: SortedValues, group: number): number {
    let rows = 0;
    for (let i = starts[group] ?? 0; i < (starts[group + 1] ?? 0); i++) {
      rows += this.#counts[keys[i]!]!;
    }
    return rows;
  }

  /** The key of a group's row, counted from 0; the group has it. */
  #keyAt({ keys, starts }: SortedValues, group: number, row: number): number {
    let i = starts[group]!;
    for (let left = row; left >= this.#counts[keys[i]!]!; i++) left -= this.#counts[keys[i]!]!;
    return keys[i]!;
  }

  #interpolated(sorted: SortedValues, group: number): number | undefined {
    const rows = this.#rowsOf(sorted, group);
    if (rows === 0) return undefined;
    const place = this.#fraction * (rows - 1);
    const first = Math.floor(place);
    const values = doublesOf(sorted.vector);
    const low = values[this.#keyAt(sorted, group, first)]!;
    if (Math.ceil(place) === first) return low;
    const high = values[this.#keyAt(sorted, group, first + 1)]!;
    return low + (place - first) * (high - low);
  }

  /** The key of the value that is the result; -1 for NULL. */
  #picked(sorted: SortedValues, group: number): number {
    if (this.#kind === 'mode') return this.#mostFrequent(sorted, group);
    const rows = this.#rowsOf(sorted, group);
    if (rows === 0) return -1;
    return this.#keyAt(sorted, group, Math.max(Math.ceil(this.#fraction * rows), 1) - 1);
  }

  /** Of several the first one. */
  #mostFrequent({ keys, starts }: SortedValues, group: number): number {
    let best = -1;
    for (let i = starts[group] ?? 0; i < (starts[group + 1] ?? 0); i++) {
      const key = keys[i]!;
      if (best < 0 || this.#counts[key]! > this.#counts[best]!) best = key;
    }
    return best;
  }
}
