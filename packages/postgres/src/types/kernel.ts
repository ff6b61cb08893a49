import {
  type BatchFrame,
  ColumnFlag,
  ColumnWord,
  columnWord,
  type DataType,
  markAllPresent,
} from '@millrace/batch';
import { WireError } from '../errors.js';
import type { RowScan } from '../wire/row-scan.js';

/** Where rows lie on the wire: bytes, the same bytes as a view, and the fields' positions. */
export interface WireRows {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly scan: RowScan;
}

/**
 * Decodes one column of all rows into a frame: a plain loop over one physical layout, a few nanoseconds a value. It
 * writes each value (0 for NULL), the validity bitmap, the null count and the flags of its column.
 *
 * @throws WireError when a value is not what its type promises
 */
export type Kernel = (rows: WireRows, column: number, frame: BatchFrame, type: DataType) => void;

/** Starts a column: all rows present. Returns where its bitmap begins. */
export function openColumn(frame: BatchFrame, column: number): number {
  const validity = frame.header[columnWord(column) + ColumnWord.validity] as number;
  markAllPresent(frame.bytes, validity, frame.rowCount);
  return validity;
}

export function valuesOffset(frame: BatchFrame, column: number): number {
  return frame.header[columnWord(column) + ColumnWord.values] as number;
}

export function dataOffset(frame: BatchFrame, column: number): number {
  return frame.header[columnWord(column) + ColumnWord.data] as number;
}

/** Ends a column. */
export function closeColumn(
  frame: BatchFrame,
  column: number,
  nullCount: number,
  special = false,
): void {
  const word = columnWord(column);
  frame.header[word + ColumnWord.nullCount] = nullCount;
  frame.header[word + ColumnWord.flags] = special ? ColumnFlag.special : 0;
}

export function clearBit(bytes: Uint8Array, offset: number, row: number): void {
  const at = offset + (row >> 3);
  bytes[at] = (bytes[at] as number) & ~(1 << (row & 7));
}

export function wrongLength(length: number, expected: number): WireError {
  return new WireError(`a value of ${length} bytes where its type has ${expected}`);
}
