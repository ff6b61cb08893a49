import type { Vector } from '@millrace/batch';

/** Rows of a batch, `from` inclusive to `to` exclusive. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Writes the JavaScript values of some rows of a vector to `out[0 .. to - from)`: a loop over one layout, chosen once for
 * a column. Rows that are NULL may be given any value: `withNulls` mends them.
 */
export type ValueReader = (vector: Vector, range: RowRange, out: unknown[]) => void;

/** A reader that also gives null where the row is NULL. */
export function withNulls(read: ValueReader): ValueReader {
  return (vector, range, out) => {
    read(vector, range, out);
    if (vector.nullCount === 0) return;
    const { validity } = vector;
    for (let row = range.from; row < range.to; row++) {
      const bits = validity[row >> 3] as number;
      // Eight rows without a NULL are the most common case.
      if (bits === 0xff) row |= 7;
      else if ((bits & (1 << (row & 7))) === 0) out[row - range.from] = null;
    }
  };
}
