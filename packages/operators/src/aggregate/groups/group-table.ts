import { type Batch, type DataType, layoutOf, type Schema, type Vector } from '@millrace/batch';
import type { ColumnOrder, GroupKey } from '../../pipeline.js';
import type { FinishedColumn } from '../finished-column.js';
import { FixedKeyStore } from './fixed-key-store.js';
import type { KeyStore } from './key-store.js';
import { KeyTable } from './key-table.js';
import { VariableKeyStore } from './variable-key-store.js';

/** Which group each row belongs to. Without keys there is one group, whether rows come or not. */
export class GroupTable {
  readonly #columns: readonly number[];
  readonly #stores: readonly KeyStore[];
  readonly #table: KeyTable;

  constructor(schema: Schema, keys: readonly GroupKey[]) {
    this.#columns = keys.map(({ column }) => column);
    this.#stores = keys.map(({ column, order }) => keyStore(schema.fields[column]!.type, order));
    this.#table = new KeyTable(this.#stores);
  }

  get count(): number {
    return this.#stores.length === 0 ? 1 : this.#table.count;
  }

  get bytes(): number {
    return this.#table.bytes;
  }

  /** The group of each row of a batch; new keys become new groups. Valid until the next call. */
  groupsOf(batch: Batch): Int32Array {
    if (this.#stores.length === 0) return new Int32Array(batch.rowCount);
    this.#stores.forEach((store, i) => {
      store.load(batch.vectors[this.#columns[i]!] as Vector);
    });
    return this.#table.find(batch.rowCount);
  }

  /** The key columns of the groups `from .. to`. */
  finish(from: number, to: number): FinishedColumn[] {
    return this.#stores.map((store) => store.finish(from, to));
  }
}

/** Keys of a type, equal by an order. */
export function keyStore(type: DataType, order: ColumnOrder): KeyStore {
  return layoutOf(type) === 'variable'
    ? new VariableKeyStore(type, order)
    : new FixedKeyStore(type);
}
