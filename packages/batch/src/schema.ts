import type { DataType } from './data-type.js';

/** One column of a schema. Names may repeat, as in SQL. */
export interface Field {
  readonly name: string;
  readonly type: DataType;
}

/** The columns of a batch, in order. */
export interface Schema {
  readonly fields: readonly Field[];
  /** Columns of the batch after these that are nobody's to read. Default 0. */
  readonly hiddenColumns?: number;
}
