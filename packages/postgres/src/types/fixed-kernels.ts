/** Kernels for fixed-width binary values. The wire is big-endian, batches are little-endian. */
import type { BatchFrame } from '@millrace/batch';
import {
  clearBit,
  closeColumn,
  openColumn,
  valuesOffset,
  type WireRows,
  wrongLength,
} from './kernel.js';

/** bool: one byte on the wire, one bit in the batch. */
export function decodeBool({ view, scan }: WireRows, column: number, frame: BatchFrame): void {
  const validity = openColumn(frame, column);
  const { bytes } = frame;
  const { fields, rowCount, columnCount } = scan;
  const out = valuesOffset(frame, column);
  bytes.fill(0, out, out + ((rowCount + 7) >> 3));
  let nullCount = 0;
  for (let row = 0, field = column; row < rowCount; row++, field += columnCount) {
    const at = fields[field] as number;
    const length = view.getInt32(at);
    if (length === 1) {
      if (view.getUint8(at + 4) !== 0)
        bytes[out + (row >> 3)] = (bytes[out + (row >> 3)] as number) | (1 << (row & 7));
    } else if (length === -1) {
      clearBit(bytes, validity, row);
      nullCount++;
    } else throw wrongLength(length, 1);
  }
  closeColumn(frame, column, nullCount);
}

/** int2. */
export function decode16({ view, scan }: WireRows, column: number, frame: BatchFrame): void {
  const validity = openColumn(frame, column);
  const { fields, rowCount, columnCount } = scan;
  const out = new Int16Array(frame.buffer, valuesOffset(frame, column), rowCount);
  let nullCount = 0;
  for (let row = 0, field = column; row < rowCount; row++, field += columnCount) {
    const at = fields[field] as number;
    const length = view.getInt32(at);
    if (length === 2) out[row] = view.getInt16(at + 4);
    else if (length === -1) {
      out[row] = 0;
      clearBit(frame.bytes, validity, row);
      nullCount++;
    } else throw wrongLength(length, 2);
  }
  closeColumn(frame, column, nullCount);
}

/** int4, oid and float4: the bits as they are. */
export function decode32({ view, scan }: WireRows, column: number, frame: BatchFrame): void {
  const validity = openColumn(frame, column);
  const { fields, rowCount, columnCount } = scan;
  const out = new Int32Array(frame.buffer, valuesOffset(frame, column), rowCount);
  let nullCount = 0;
  for (let row = 0, field = column; row < rowCount; row++, field += columnCount) {
    const at = fields[field] as number;
    const length = view.getInt32(at);
    if (length === 4) out[row] = view.getInt32(at + 4);
    else if (length === -1) {
      out[row] = 0;
      clearBit(frame.bytes, validity, row);
      nullCount++;
    } else throw wrongLength(length, 4);
  }
  closeColumn(frame, column, nullCount);
}

/** int8 and float8: the bits as they are, as two words (no BigInt for a value). */
export function decode64({ view, scan }: WireRows, column: number, frame: BatchFrame): void {
  const validity = openColumn(frame, column);
  const { fields, rowCount, columnCount } = scan;
  const out = new Int32Array(frame.buffer, valuesOffset(frame, column), rowCount * 2);
  let nullCount = 0;
  for (let row = 0, field = column; row < rowCount; row++, field += columnCount) {
    const at = fields[field] as number;
    const length = view.getInt32(at);
    if (length === 8) {
      out[2 * row] = view.getInt32(at + 8);
      out[2 * row + 1] = view.getInt32(at + 4);
    } else if (length === -1) {
      out[2 * row] = 0;
      out[2 * row + 1] = 0;
      clearBit(frame.bytes, validity, row);
      nullCount++;
    } else throw wrongLength(length, 8);
  }
  closeColumn(frame, column, nullCount);
}

/** uuid: sixteen bytes in the order they are written. */
export function decode128({ view, scan }: WireRows, column: number, frame: BatchFrame): void {
  const validity = openColumn(frame, column);
  const { fields, rowCount, columnCount } = scan;
  const out = new Int32Array(frame.buffer, valuesOffset(frame, column), rowCount * 4);
  let nullCount = 0;
  for (let row = 0, field = column; row < rowCount; row++, field += columnCount) {
    const at = fields[field] as number;
    const length = view.getInt32(at);
    if (length === 16) {
      out[4 * row] = view.getInt32(at + 4, true);
      out[4 * row + 1] = view.getInt32(at + 8, true);
      out[4 * row + 2] = view.getInt32(at + 12, true);
      out[4 * row + 3] = view.getInt32(at + 16, true);
    } else if (length === -1) {
      out.fill(0, 4 * row, 4 * row + 4);
      clearBit(frame.bytes, validity, row);
      nullCount++;
    } else throw wrongLength(length, 16);
  }
  closeColumn(frame, column, nullCount);
}
