/** Kernels for booleans, integers and doubles. */
import type { BatchFrame } from '@millrace/batch';
import {
  BadValue,
  type CsvRows,
  clearBit,
  closeColumn,
  openColumn,
  valuesOffset,
} from './kernel.js';
import { parseDouble } from './parse-double.js';

const MINUS = 0x2d;
const ZERO = 0x30;
const WORD = 0x100000000;
const HALF = 0x10000;
/** A double holds so many digits exactly. */
const EXACT_DIGITS = 15;

/** What a boolean may look like, in lower case: EXPORT's own `1` and `0`, and what its BOOLEAN option offers in English. */
const TRUE_WORDS: readonly string[] = ['1', 'true', 't', 'yes', 'y'];
const FALSE_WORDS: readonly string[] = ['0', 'false', 'f', 'no', 'n'];

export function decodeBool(rows: CsvRows, column: number, frame: BatchFrame): void {
  const { bytes, fields, rowCount, stride } = rows;
  const validity = openColumn(frame, column);
  const out = frame.bytes;
  const values = valuesOffset(frame, column);
  out.fill(0, values, values + ((rowCount + 7) >> 3));
  let nullCount = 0;
  for (let row = 0, word = column * 2; row < rowCount; row++, word += stride) {
    const from = fields[word] as number;
    const end = (fields[word + 1] as number) >> 2;
    if (from === end) {
      clearBit(out, validity, row);
      nullCount++;
    } else if (end - from === 1 && bytes[from] === ZERO) {
      // False: the bit is 0.
    } else if ((end - from === 1 && bytes[from] === ZERO + 1) || isTrue(bytes, from, end, row)) {
      out[values + (row >> 3)] = (out[values + (row >> 3)] as number) | (1 << (row & 7));
    }
  }
  closeColumn(frame, column, nullCount);
}

function isTrue(bytes: Uint8Array, from: number, end: number, row: number): boolean {
  const word = Buffer.from(bytes.subarray(from, end)).toString('latin1').toLowerCase();
  if (TRUE_WORDS.includes(word)) return true;
  if (FALSE_WORDS.includes(word)) return false;
  throw new BadValue(row, 'is no boolean');
}

/** Integers of up to 9 digits. */
export function decodeInt32(rows: CsvRows, column: number, frame: BatchFrame): void {
  const { bytes, fields, rowCount, stride } = rows;
  const validity = openColumn(frame, column);
  const out = new Int32Array(frame.buffer, valuesOffset(frame, column), rowCount);
  let nullCount = 0;
  for (let row = 0, word = column * 2; row < rowCount; row++, word += stride) {
    const from = fields[word] as number;
    const end = (fields[word + 1] as number) >> 2;
    if (from === end) {
      out[row] = 0;
      clearBit(frame.bytes, validity, row);
      nullCount++;
      continue;
    }
    const negative = bytes[from] === MINUS;
    let at = negative ? from + 1 : from;
    if (at === end || end - at > EXACT_DIGITS) throw notInteger(row);
    let value = 0;
    do {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) throw notInteger(row);
      value = value * 10 + digit;
    } while (++at < end);
    if (value > 0x7fffffff) throw new BadValue(row, 'is too large an integer');
    out[row] = negative ? -value : value;
  }
  closeColumn(frame, column, nullCount);
}

/** Integers of up to 18 digits, as two words each. */
export function decodeInt64(rows: CsvRows, column: number, frame: BatchFrame): void {
  const { bytes, fields, rowCount, stride } = rows;
  const validity = openColumn(frame, column);
  const out = new Int32Array(frame.buffer, valuesOffset(frame, column), rowCount * 2);
  let nullCount = 0;
  for (let row = 0, word = column * 2; row < rowCount; row++, word += stride) {
    const from = fields[word] as number;
    const end = (fields[word + 1] as number) >> 2;
    if (from === end) {
      out[2 * row] = 0;
      out[2 * row + 1] = 0;
      clearBit(frame.bytes, validity, row);
      nullCount++;
      continue;
    }
    const negative = bytes[from] === MINUS;
    const at = negative ? from + 1 : from;
    if (at === end) throw notInteger(row);
    if (end - at > EXACT_DIGITS) {
      writeLong(bytes, at, end, row, negative, out);
      continue;
    }
    // Nine digits fit 32 bits: integers are added up faster than doubles.
    const middle = Math.max(at, end - 9);
    const front = at < middle ? digitsOf(bytes, at, middle, row) * 1e9 : 0;
    const value = front + digitsOf(bytes, middle, end, row);
    const high = Math.floor(value / WORD);
    const low = value - high * WORD;
    out[2 * row] = negative ? -low : low;
    out[2 * row + 1] = negative ? (low === 0 ? -high : ~high) : high;
  }
  closeColumn(frame, column, nullCount);
}

/** Sixteen digits and more: the last nine, and those before, each exact as a double, put together in words. */
function writeLong(
  bytes: Uint8Array,
  from: number,
  end: number,
  row: number,
  negative: boolean,
  out: Int32Array,
): void {
  let first = from;
  while (first < end - 1 && bytes[first] === ZERO) first++;
  if (end - first > 18) throw new BadValue(row, 'is too large an integer, or none');
  const middle = Math.max(first, end - 9);
  const front = digitsOf(bytes, first, middle, row);
  const back = digitsOf(bytes, middle, end, row);
  // front × 10^9 + back, with front in two halves of 16 bits: each product is below 2^46.
  const lower = (front & 0xffff) * 1e9 + back;
  const carry = Math.floor(lower / HALF);
  const upper = (front >>> 16) * 1e9 + carry;
  const high = Math.floor(upper / HALF);
  const low = (upper - high * HALF) * HALF + (lower - carry * HALF);
  out[2 * row] = negative ? -low : low;
  out[2 * row + 1] = negative ? (low === 0 ? -high : ~high) : high;
}

/** At most nine digits. */
function digitsOf(bytes: Uint8Array, from: number, end: number, row: number): number {
  let value = 0;
  for (let at = from; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) throw notInteger(row);
    value = value * 10 + digit;
  }
  return value;
}

function notInteger(row: number): BadValue {
  return new BadValue(row, 'is no integer');
}

export function decodeDouble(rows: CsvRows, column: number, frame: BatchFrame): void {
  const { bytes, fields, rowCount, stride } = rows;
  const validity = openColumn(frame, column);
  const out = new Float64Array(frame.buffer, valuesOffset(frame, column), rowCount);
  let nullCount = 0;
  for (let row = 0, word = column * 2; row < rowCount; row++, word += stride) {
    const from = fields[word] as number;
    const end = (fields[word + 1] as number) >> 2;
    if (from === end) {
      out[row] = 0;
      clearBit(frame.bytes, validity, row);
      nullCount++;
      continue;
    }
    const value = parseDouble(bytes, from, end);
    if (Number.isNaN(value)) throw new BadValue(row, 'is no number');
    out[row] = value;
  }
  closeColumn(frame, column, nullCount);
}
