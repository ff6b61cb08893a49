/**
 * Kernels for dates and timestamps. PostgreSQL counts from 2000-01-01, batches from 1970-01-01. Infinities keep
 * PostgreSQL's patterns (the extreme integers) and are flagged.
 */
import { type BatchFrame, WRAPPED_HIGH } from '@millrace/batch';
import {
  clearBit,
  closeColumn,
  openColumn,
  valuesOffset,
  type WireRows,
  wrongLength,
} from './kernel.js';

/** Days from 1970-01-01 to 2000-01-01. */
const EPOCH_DAYS = 10_957;
const EPOCH_MICROS = EPOCH_DAYS * 86_400_000_000;
const EPOCH_LOW = EPOCH_MICROS % 0x100000000;
const EPOCH_HIGH = Math.floor(EPOCH_MICROS / 0x100000000);

export function decodeDate({ view, scan }: WireRows, column: number, frame: BatchFrame): void {
  const validity = openColumn(frame, column);
  const { fields, rowCount, columnCount } = scan;
  const out = new Int32Array(frame.buffer, valuesOffset(frame, column), rowCount);
  let nullCount = 0;
  let special = false;
  for (let row = 0, field = column; row < rowCount; row++, field += columnCount) {
    const at = fields[field] as number;
    const length = view.getInt32(at);
    if (length === 4) {
      const days = view.getInt32(at + 4);
      if (days === 0x7fffffff || days === -0x80000000) {
        special = true;
        out[row] = days;
      } else out[row] = days + EPOCH_DAYS;
    } else if (length === -1) {
      out[row] = 0;
      clearBit(frame.bytes, validity, row);
      nullCount++;
    } else throw wrongLength(length, 4);
  }
  closeColumn(frame, column, nullCount, special);
}

/**
 * timestamp and timestamptz. Years past 294,246 leave the range when counted from 1970: they wrap below every value
 * there is otherwise (PostgreSQL's calendar begins in 4714 BC), so readers can tell, and they are flagged.
 */
export function decodeTimestamp({ view, scan }: WireRows, column: number, frame: BatchFrame): void {
  const validity = openColumn(frame, column);
  const { fields, rowCount, columnCount } = scan;
  const out = new Int32Array(frame.buffer, valuesOffset(frame, column), rowCount * 2);
  let nullCount = 0;
  let special = false;
  for (let row = 0, field = column; row < rowCount; row++, field += columnCount) {
    const at = fields[field] as number;
    const length = view.getInt32(at);
    if (length === 8) {
      const high = view.getInt32(at + 4);
      const low = view.getInt32(at + 8);
      if ((high === 0x7fffffff && low === -1) || (high === -0x80000000 && low === 0)) {
        special = true;
        out[2 * row] = low;
        out[2 * row + 1] = high;
      } else {
        const sum = (low >>> 0) + EPOCH_LOW;
        out[2 * row] = sum;
        const shifted = (high + EPOCH_HIGH + (sum >= 0x100000000 ? 1 : 0)) | 0;
        out[2 * row + 1] = shifted;
        if (shifted < WRAPPED_HIGH) special = true;
      }
    } else if (length === -1) {
      out[2 * row] = 0;
      out[2 * row + 1] = 0;
      clearBit(frame.bytes, validity, row);
      nullCount++;
    } else throw wrongLength(length, 8);
  }
  closeColumn(frame, column, nullCount, special);
}
