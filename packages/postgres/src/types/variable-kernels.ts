/** Kernels for text and bytes: the wire's bytes, one after the other. */
import type { BatchFrame } from '@millrace/batch';
import {
  clearBit,
  closeColumn,
  dataOffset,
  openColumn,
  valuesOffset,
  type WireRows,
} from './kernel.js';

/** Below this many bytes a loop over words is faster than `set`, which costs a call and a view. */
const LOOP_BYTES = 512;

/** Bytes of a column's values, without NULLs. */
export function measureData({ view, scan }: WireRows, column: number): number {
  const { fields, rowCount, columnCount } = scan;
  let sum = 0;
  for (let row = 0, field = column; row < rowCount; row++, field += columnCount) {
    const length = view.getInt32(fields[field] as number);
    if (length > 0) sum += length;
  }
  return sum;
}

/** text and all kinds of it, bytea, and whatever travels as text. */
export function decodeVariable(
  { bytes, view, scan }: WireRows,
  column: number,
  frame: BatchFrame,
): void {
  const validity = openColumn(frame, column);
  const { fields, rowCount, columnCount } = scan;
  const offsets = new Int32Array(frame.buffer, valuesOffset(frame, column), rowCount + 1);
  const out = frame.bytes;
  const words = new DataView(frame.buffer);
  const data = dataOffset(frame, column);
  let nullCount = 0;
  let end = data;
  offsets[0] = 0;
  for (let row = 0, field = column; row < rowCount; row++, field += columnCount) {
    const at = fields[field] as number;
    const length = view.getInt32(at);
    if (length < 0) {
      clearBit(out, validity, row);
      nullCount++;
    } else if (length < LOOP_BYTES) {
      const stop = at + 4 + length;
      let from = at + 4;
      for (; from + 4 <= stop; from += 4, end += 4) words.setInt32(end, view.getInt32(from));
      for (; from < stop; from++) out[end++] = bytes[from] as number;
    } else {
      out.set(bytes.subarray(at + 4, at + 4 + length), end);
      end += length;
    }
    offsets[row + 1] = end - data;
  }
  closeColumn(frame, column, nullCount);
}
