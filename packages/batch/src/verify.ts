import { InvariantError } from './assert.js';
import { type DataType, WRAPPED_HIGH } from './data-type.js';
import {
  align,
  COLUMN_WORDS,
  ColumnFlag,
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
  let end = align(headerBytes);
  schema.fields.forEach(({ name, type }, column) => {
    const start = columnWord(column);
    const part = header.subarray(start, start + COLUMN_WORDS);
    const check = { name: `column ${column + 1} (${name})`, type, buffer, rowCount, used, at: end };
    end = verifyColumn(check, part);
  });
  if (end !== used) fail('batch', `uses ${used} bytes, its columns end at ${end}`);
}

interface ColumnCheck {
  readonly name: string;
  readonly type: DataType;
  readonly buffer: SharedArrayBuffer;
  readonly rowCount: number;
  readonly used: number;
  /** Where the column's first part must be. */
  readonly at: number;
}

/** Returns where the next column must begin. */
function verifyColumn(check: ColumnCheck, part: Int32Array): number {
  const { name, type, rowCount } = check;
  const [validity = 0, nullCount = 0, values = 0, data = 0, dataBytes = 0, flags = 0] = part;
  let end = verifyPart(check, 'validity', validity, (rowCount + 7) >> 3, check.at);
  end = verifyPart(check, 'values', values, valuesBytes(type, rowCount), end);
  verifyValidity(check, validity, nullCount);
  if (flags !== (hasSpecial(check, values) ? ColumnFlag.special : 0)) {
    fail(name, `has the flags ${flags}, which its values do not bear out`);
  }
  if (layoutOf(type) === 'variable') {
    end = verifyPart(check, 'data', data, dataBytes, end);
    verifyTexts(check, values, data, dataBytes);
  } else if (data !== 0 || dataBytes !== 0)
    fail(name, 'has data, and its values are of fixed width');
  return end;
}

function verifyPart(
  check: ColumnCheck,
  what: string,
  offset: number,
  length: number,
  expected: number,
): number {
  if (offset !== expected) fail(check.name, `${what} start at ${offset}, not at ${expected}`);
  if (length < 0 || offset + length > check.used) fail(check.name, `${what} reach past the batch`);
  return align(offset + length);
}

function verifyValidity(
  { name, buffer, rowCount }: ColumnCheck,
  validity: number,
  nullCount: number,
): void {
  const bytes = new Uint8Array(buffer, validity, (rowCount + 7) >> 3);
  const absent = countAbsent(bytes, 0, rowCount);
  if (absent !== nullCount) fail(name, `counts ${nullCount} NULLs, its bitmap ${absent}`);
  const rest = rowCount & 7;
  if (rest > 0 && (bytes[bytes.length - 1] as number) >> rest !== 0)
    fail(name, 'has bits past its last row');
}

/** Whether a value is one that Arrow has no meaning for: see `data-type.ts`. */
function hasSpecial({ type, buffer, rowCount }: ColumnCheck, values: number): boolean {
  switch (type.kind) {
    case 'decimal': {
      const words = new Int32Array(buffer, values, rowCount * 4);
      return words.some(
        (word, i) =>
          i % 4 === 3 && word === LEAST_INT32 && words.subarray(i - 3, i).every((low) => low === 0),
      );
    }
    case 'date':
      return new Int32Array(buffer, values, rowCount).some(
        (days) => days === LEAST_INT32 || days === ~LEAST_INT32,
      );
    case 'timestamp':
      // Wrapped ones are below all others, -infinity is below those.
      return new BigInt64Array(buffer, values, rowCount).some(
        (us) => us < WRAPPED_BELOW || us === INFINITE,
      );
    default:
      return false;
  }
}

const LEAST_INT32 = -0x80000000;
const INFINITE = 0x7fffffffffffffffn;
const WRAPPED_BELOW = BigInt(WRAPPED_HIGH) << 32n;

function verifyTexts(check: ColumnCheck, values: number, data: number, dataBytes: number): void {
  const { name, type, buffer, rowCount } = check;
  const offsets = new Int32Array(buffer, values, rowCount + 1);
  if (offsets[0] !== 0 || offsets[rowCount] !== dataBytes)
    fail(name, 'offsets do not span the data');
  for (let row = 0; row < rowCount; row++) {
    const start = offsets[row] as number;
    const end = offsets[row + 1] as number;
    if (start < 0 || end < start || end > dataBytes) fail(name, `offsets are broken at row ${row}`);
  }
  if (type.kind !== 'utf8') return;
  const bytes = new Uint8Array(buffer, data, dataBytes);
  verifyUtf8(name, bytes);
  for (let row = 0; row < rowCount; row++) {
    const start = offsets[row] as number;
    if (start < dataBytes && ((bytes[start] as number) & 0xc0) === 0x80)
      fail(name, `row ${row} begins inside a character`);
  }
}

/** Bytes decoded at a time: a large column has no string that is long enough. */
const PIECE_BYTES = 1 << 20;

function verifyUtf8(name: string, bytes: Uint8Array): void {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      // A copy: TextDecoder refuses shared memory.
      decoder.decode(bytes.slice(at, at + PIECE_BYTES), { stream: true });
    }
    decoder.decode();
  } catch (cause) {
    throw new InvariantError(`Broken batch: ${name} is not valid UTF-8: ${String(cause)}`);
  }
}

function fail(name: string, what: string): never {
  throw new InvariantError(`Broken batch: ${name} ${what}`);
}
