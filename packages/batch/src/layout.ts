/**
 * Where the parts of a batch lie in its buffer. Builder, decoder, reader and verifier all go by this one file.
 *
 * A batch is one SharedArrayBuffer that describes itself:
 *
 * ```
 * header   int32 × HEADER_WORDS: magic, rows, columns, used bytes
 * columns  int32 × COLUMN_WORDS for each: validity, null count, values, data, data bytes, flags   (offsets in bytes)
 * body     per column, each part aligned to 64 bytes:
 *            validity   one bit a row, least significant first, 1 = present
 *            values     fixed width: rows × width · bool: one bit a row · variable width: rows + 1 int32 offsets into data
 *            data       variable width only
 * ```
 *
 * The parts are Arrow's columnar format. All numbers are little-endian, as on every platform Node runs on.
 */
import type { DataType } from './data-type.js';
import type { Schema } from './schema.js';

export const MAGIC = 0x4d4c5242;
export const HEADER_WORDS = 4;
export const COLUMN_WORDS = 6;
export const ALIGNMENT = 64;

/** Word of a column's description, after the header. */
export const ColumnWord = {
  validity: 0,
  nullCount: 1,
  values: 2,
  data: 3,
  dataBytes: 4,
  flags: 5,
} as const;

/** Bits of a column's flags. */
export const ColumnFlag = {
  /** Some value is a pattern that Arrow has no meaning for: see `data-type.ts`. */
  special: 1,
} as const;

export type Layout = 'bit' | 'fixed' | 'variable';

/** The physical layout of a type. */
export function layoutOf(type: DataType): Layout {
  switch (type.kind) {
    case 'bool':
      return 'bit';
    case 'utf8':
    case 'binary':
      return 'variable';
    default:
      return 'fixed';
  }
}

const WIDTH_BYTES = {
  int16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float32: 4,
  float64: 8,
  decimal: 16,
  date: 4,
  timestamp: 8,
  uuid: 16,
} as const;

/** Bytes of one value of a fixed-width type; 0 for the other layouts. */
export function widthBytes(type: DataType): number {
  return type.kind in WIDTH_BYTES ? WIDTH_BYTES[type.kind as keyof typeof WIDTH_BYTES] : 0;
}

export function align(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

/** First word of the description of a column. */
export function columnWord(column: number): number {
  return HEADER_WORDS + column * COLUMN_WORDS;
}

/** Bytes of a column's values part. */
export function valuesBytes(type: DataType, rowCount: number): number {
  switch (layoutOf(type)) {
    case 'bit':
      return (rowCount + 7) >> 3;
    case 'variable':
      return (rowCount + 1) * 4;
    case 'fixed':
      return rowCount * widthBytes(type);
  }
}

/** What a batch of this shape takes, in bytes. `dataBytes[i]` is read for variable-width columns only. */
export function batchBytes(schema: Schema, rowCount: number, dataBytes: ArrayLike<number>): number {
  let offset = align((HEADER_WORDS + schema.fields.length * COLUMN_WORDS) * 4);
  schema.fields.forEach(({ type }, column) => {
    offset = align(offset + ((rowCount + 7) >> 3));
    offset = align(offset + valuesBytes(type, rowCount));
    if (layoutOf(type) === 'variable') offset = align(offset + (dataBytes[column] as number));
  });
  return offset;
}
