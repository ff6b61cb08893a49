/** Text: the bytes between delimiters, doubled delimiters halved. */
import type { BatchFrame } from '@millrace/batch';
import {
  type CsvRows,
  clearBit,
  closeColumn,
  dataOffset,
  openColumn,
  valuesOffset,
} from './kernel.js';
import { FieldFlag } from './record-scan.js';

/** Below this many bytes a loop over words is faster than `set`, which costs a call and a view. */
const LOOP_BYTES = 512;

/** Bytes of a column's values. */
export function measureText(rows: CsvRows, column: number): number {
  const { fields, rowCount, stride } = rows;
  let sum = 0;
  for (let row = 0, word = column * 2; row < rowCount; row++, word += stride) {
    const from = fields[word] as number;
    const last = fields[word + 1] as number;
    sum += (last >> 2) - from;
    if ((last & FieldFlag.doubled) !== 0) sum -= countPairs(rows, from, last >> 2);
  }
  return sum;
}

/** NULL is a field of nothing without delimiters; nothing between delimiters is empty text. */
export function decodeText(rows: CsvRows, column: number, frame: BatchFrame): void {
  const { bytes, view, fields, rowCount, stride } = rows;
  const validity = openColumn(frame, column);
  const offsets = new Int32Array(frame.buffer, valuesOffset(frame, column), rowCount + 1);
  const out = frame.bytes;
  const words = new DataView(frame.buffer);
  const data = dataOffset(frame, column);
  let nullCount = 0;
  let end = data;
  offsets[0] = 0;
  for (let row = 0, word = column * 2; row < rowCount; row++, word += stride) {
    let from = fields[word] as number;
    const last = fields[word + 1] as number;
    const stop = last >> 2;
    if (last === from << 2) {
      clearBit(out, validity, row);
      nullCount++;
    } else if ((last & FieldFlag.doubled) !== 0) {
      end = copyHalved(rows, from, stop, out, end);
    } else if (stop - from < LOOP_BYTES) {
      for (; from + 4 <= stop; from += 4, end += 4) words.setInt32(end, view.getInt32(from));
      for (; from < stop; from++) out[end++] = bytes[from] as number;
    } else {
      out.set(bytes.subarray(from, stop), end);
      end += stop - from;
    }
    offsets[row + 1] = end - data;
  }
  closeColumn(frame, column, nullCount);
}

function countPairs({ bytes, delimiter }: CsvRows, from: number, end: number): number {
  let count = 0;
  for (let at = from; at < end; at++) {
    if (bytes[at] === delimiter) {
      count++;
      at++;
    }
  }
  return count;
}

/** Returns where the copy ends. */
function copyHalved(
  { bytes, delimiter }: CsvRows,
  from: number,
  end: number,
  out: Uint8Array,
  to: number,
): number {
  let at = from;
  let place = to;
  while (at < end) {
    const byte = bytes[at] as number;
    out[place++] = byte;
    at += byte === delimiter ? 2 : 1;
  }
  return place;
}
