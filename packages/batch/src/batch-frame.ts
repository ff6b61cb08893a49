import { assert } from './assert.js';
import {
  align,
  batchBytes,
  COLUMN_WORDS,
  ColumnWord,
  columnWord,
  HEADER_WORDS,
  layoutOf,
  MAGIC,
  valuesBytes,
} from './layout.js';
import type { Schema } from './schema.js';

/**
 * A batch being written: its header is laid out, its body is not yet filled. Whoever fills it (a decoder's kernels, the
 * `BatchBuilder`) writes every value of every column, and every validity byte: a recycled buffer holds old bytes.
 */
export interface BatchFrame {
  readonly buffer: SharedArrayBuffer;
  readonly rowCount: number;
  /** The header as words; see `layout.ts`. */
  readonly header: Int32Array;
  readonly bytes: Uint8Array;
}

/** Gives a buffer of at least so many bytes: a new one or a recycled one. */
export type BufferSource = (byteLength: number) => SharedArrayBuffer;

export const newBuffer: BufferSource = (byteLength) => new SharedArrayBuffer(byteLength);

/**
 * Lays out a batch in a buffer taken from `source`.
 *
 * @param dataBytes bytes of each variable-width column's data; other columns' entries are not read
 */
export function layOutBatch(
  schema: Schema,
  rowCount: number,
  dataBytes: ArrayLike<number>,
  source: BufferSource = newBuffer,
): BatchFrame {
  const used = batchBytes(schema, rowCount, dataBytes);
  assert(used <= 0x7fffffff, 'a batch stays below 2 GiB', used);
  const buffer = source(used);
  assert(buffer.byteLength >= used, 'the buffer holds the batch', buffer.byteLength, used);
  const columns = schema.fields.length;
  const header = new Int32Array(buffer, 0, HEADER_WORDS + columns * COLUMN_WORDS);
  header[0] = MAGIC;
  header[1] = rowCount;
  header[2] = columns;
  header[3] = used;
  let offset = align(header.byteLength);
  for (let column = 0; column < columns; column++) {
    const type = (schema.fields[column] as Schema['fields'][number]).type;
    const word = columnWord(column);
    header[word + ColumnWord.validity] = offset;
    header[word + ColumnWord.nullCount] = 0;
    offset = align(offset + ((rowCount + 7) >> 3));
    header[word + ColumnWord.values] = offset;
    offset = align(offset + valuesBytes(type, rowCount));
    const variable = layoutOf(type) === 'variable';
    const length = variable ? (dataBytes[column] as number) : 0;
    header[word + ColumnWord.data] = variable ? offset : 0;
    header[word + ColumnWord.dataBytes] = length;
    header[word + ColumnWord.flags] = 0;
    if (variable) offset = align(offset + length);
  }
  assert(offset === used, 'layout and size agree', offset, used);
  return { buffer, rowCount, header, bytes: new Uint8Array(buffer) };
}
