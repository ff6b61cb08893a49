import {
  type BatchFrame,
  ColumnWord,
  columnWord,
  type DataType,
  markAllPresent,
} from '@millrace/batch';

/** Where the fields of rows lie. */
export interface CsvRows {
  readonly bytes: Uint8Array;
  /** The same bytes. */
  readonly view: DataView;
  /** As in `RecordScan`. */
  readonly fields: Int32Array;
  readonly rowCount: number;
  /** Words from a row to the next. */
  readonly stride: number;
  readonly delimiter: number;
}

/**
 * Decodes one column of all rows into a frame: every value (0 for NULL), the validity bitmap and the null count.
 *
 * @throws BadValue
 */
export type CsvKernel = (rows: CsvRows, column: number, frame: BatchFrame, type: DataType) => void;

/** A field that is no value of its column's type. Whoever knows the names makes a `CsvError` of it. */
export class BadValue extends Error {
  constructor(
    readonly row: number,
    what: string,
  ) {
    super(what);
    this.name = 'BadValue';
  }
}

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

export function closeColumn(frame: BatchFrame, column: number, nullCount: number): void {
  frame.header[columnWord(column) + ColumnWord.nullCount] = nullCount;
}

export function clearBit(bytes: Uint8Array, offset: number, row: number): void {
  const at = offset + (row >> 3);
  bytes[at] = (bytes[at] as number) & ~(1 << (row & 7));
}
