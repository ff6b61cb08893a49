import { InvariantError } from './assert.js';
import type { DataType } from './data-type.js';
import {
  ALIGNMENT,
  COLUMN_WORDS,
  ColumnWord,
  columnWord,
  HEADER_WORDS,
  layoutOf,
  MAGIC,
  valuesBytes,
} from './layout.js';
import type { Schema } from './schema.js';
import { countAbsent } from './validity.js';

/**
 * Checks everything a batch promises: header, bounds and alignment of each part, null counts, rising offsets, valid
 * UTF-8. `MILLRACE_VERIFY=1` runs it wherever a batch crosses a thread. Costs about as much as decoding.
 *
 * @throws InvariantError naming the column and what is wrong
 */
export function verifyBatch(schema: Schema, buffer: SharedArrayBuffer): void {
  const columns = schema.fields.length;
  const headerBytes = (HEADER_WORDS + columns * COLUMN_WORDS) * 4;
  if (buffer.byteLength < headerBytes)
    fail('batch', `the buffer of ${buffer.byteLength} bytes is smaller than its header`);
  const header = new Int32Array(buffer, 0, headerBytes / 4);
  const [magic, rowCount = -1, columnCount, used = -1] = header;
  if (magic !== MAGIC) fail('batch', 'the header is not one of a batch');
  if (columnCount !== columns) fail('batch', `has ${columnCount} columns, the schema ${columns}`);
  if (rowCount < 0) fail('batch', `has ${rowCount} rows`);
  if (used < headerBytes || used > buffer.byteLength)
    fail('batch', `uses ${used} of ${buffer.byteLength} bytes`);
  let end = headerBytes;
  schema.fields.forEach(({ name, type }, column) => {
    const start = columnWord(column);
    const part = header.subarray(start, start + COLUMN_WORDS);
    end = verifyColumn(
      { name: `column ${column + 1} (${name})`, type, buffer, rowCount, used, after: end },
      part,
    );
  });
}

interface ColumnCheck {
  readonly name: string;
  readonly type: DataType;
  readonly buffer: SharedArrayBuffer;
  readonly rowCount: number;
  readonly used: number;
  /** Where the parts before this one end. */
  readonly after: number;
}

function verifyColumn(check: ColumnCheck, part: Int32Array): number {
  const { name, type, buffer, rowCount } = check;
  const bytes = new Uint8Array(buffer);
  const validity = part[ColumnWord.validity] as number;
  const values = part[ColumnWord.values] as number;
  let end = verifyPart(check, 'validity', validity, (rowCount + 7) >> 3, check.after);
  end = verifyPart(check, 'values', values, valuesBytes(type, rowCount), end);
  const absent = countAbsent(bytes, validity, rowCount);
  const nullCount = part[ColumnWord.nullCount] as number;
  if (absent !== nullCount) fail(name, `counts ${nullCount} NULLs, its bitmap ${absent}`);
  if (layoutOf(type) !== 'variable') return end;
  const data = part[ColumnWord.data] as number;
  const dataBytes = part[ColumnWord.dataBytes] as number;
  end = verifyPart(check, 'data', data, dataBytes, end);
  const offsets = new Int32Array(buffer, values, rowCount + 1);
  if (offsets[0] !== 0 || offsets[rowCount] !== dataBytes)
    fail(name, 'offsets do not span the data');
  for (let row = 0; row < rowCount; row++) {
    if ((offsets[row + 1] as number) < (offsets[row] as number))
      fail(name, `offsets fall at row ${row}`);
  }
  // A copy: TextDecoder refuses shared memory.
  if (type.kind === 'utf8') verifyUtf8(name, bytes.slice(data, data + dataBytes));
  return end;
}

function verifyPart(
  check: ColumnCheck,
  what: string,
  offset: number,
  length: number,
  after: number,
): number {
  if (offset % ALIGNMENT !== 0)
    fail(check.name, `${what} start at ${offset}, not at a multiple of ${ALIGNMENT}`);
  if (offset < after) fail(check.name, `${what} overlap the part before`);
  if (length < 0 || offset + length > check.used) fail(check.name, `${what} reach past the batch`);
  return offset + length;
}

function verifyUtf8(name: string, bytes: Uint8Array): void {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InvariantError(`Broken batch: ${name} is not valid UTF-8: ${String(cause)}`);
  }
}

function fail(name: string, what: string): never {
  throw new InvariantError(`Broken batch: ${name} ${what}`);
}
