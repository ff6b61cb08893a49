import type { Batch } from '@millrace/batch';

/** Rows picked from batches, in an order of their own. What the operators hand on before anything is copied. */
export interface Selection {
  readonly batches: readonly Batch[];
  /** Index of the batch of each row. */
  readonly sources: Int32Array;
  /** Row in that batch. */
  readonly rows: Int32Array;
  readonly count: number;
}

/** The rows from `from` (inclusive) to `to` of a selection. Nothing is copied. */
export function sliceSelection(selection: Selection, from: number, to: number): Selection {
  const { batches, sources, rows } = selection;
  return {
    batches,
    sources: sources.subarray(from, to),
    rows: rows.subarray(from, to),
    count: to - from,
  };
}

/** Consecutive rows of one batch. */
export function rangeSelection(batch: Batch, from: number, to: number): Selection {
  const rows = new Int32Array(to - from);
  for (let i = 0; i < rows.length; i++) rows[i] = from + i;
  return { batches: [batch], sources: new Int32Array(rows.length), rows, count: rows.length };
}
