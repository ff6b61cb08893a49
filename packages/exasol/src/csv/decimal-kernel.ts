/** DECIMAL into the decimal layout: a 128-bit integer times 10^-scale. EXPORT leaves out zeros at a fraction's end. */
import { assert, type BatchFrame, type DataType } from '@millrace/batch';
import {
  BadValue,
  type CsvRows,
  clearBit,
  closeColumn,
  openColumn,
  valuesOffset,
} from './kernel.js';

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const WORD = 0x100000000;

/** A double holds the digits of so many characters exactly. */
const SHORT_CHARACTERS = 15;
const GROUP_DIGITS = 9;
const MAX_EXACT = Number.MAX_SAFE_INTEGER;
const POWERS: Float64Array = Float64Array.from({ length: 39 }, (_, i) => Number(`1e${i}`));

export function decodeDecimal(
  rows: CsvRows,
  column: number,
  frame: BatchFrame,
  type: DataType,
): void {
  assert(type.kind === 'decimal', 'the column has the decimal layout', type.kind);
  const { scale } = type;
  const { bytes, fields, rowCount, stride } = rows;
  const validity = openColumn(frame, column);
  const out = new Int32Array(frame.buffer, valuesOffset(frame, column), rowCount * 4);
  let nullCount = 0;
  for (let row = 0, word = column * 2; row < rowCount; row++, word += stride) {
    const from = fields[word] as number;
    const end = (fields[word + 1] as number) >> 2;
    const to = row * 4;
    if (from === end) {
      out[to] = 0;
      out[to + 1] = 0;
      out[to + 2] = 0;
      out[to + 3] = 0;
      clearBit(frame.bytes, validity, row);
      nullCount++;
      continue;
    }
    const negative = bytes[from] === MINUS;
    const first = negative ? from + 1 : from;
    let value = Number.POSITIVE_INFINITY;
    if (end - first <= SHORT_CHARACTERS) {
      // Two groups of digits that fit 32 bits: integers are added up faster than doubles.
      let front = 0;
      let back = 0;
      const middle = end - GROUP_DIGITS;
      let point = -1;
      for (let at = first; at < end; at++) {
        const byte = bytes[at] as number;
        const digit = byte - ZERO;
        if (digit >= 0 && digit <= 9) {
          if (at < middle) front = front * 10 + digit;
          else back = back * 10 + digit;
        } else if (byte === POINT && point < 0) point = at;
        else throw notDecimal(row);
      }
      const places = point < 0 ? 0 : end - 1 - point;
      if (end - first === 0 || places > scale) throw wrongPlaces(row, scale);
      if (end - first === 1 && bytes[first] === POINT) throw notDecimal(row);
      const backDigits = GROUP_DIGITS - (point >= middle ? 1 : 0);
      value = front * (POWERS[backDigits] as number) + back;
      value *= POWERS[scale - places] as number;
    }
    if (value <= MAX_EXACT) {
      const high = Math.floor(value / WORD);
      const low = value - high * WORD;
      const sign = negative && value !== 0 ? -1 : 0;
      out[to] = sign === 0 ? low : -low;
      out[to + 1] = sign === 0 ? high : low === 0 ? -high : ~high;
      out[to + 2] = sign;
      out[to + 3] = sign;
    } else writeLong(bytes, first, end, { row, scale, negative }, out);
  }
  closeColumn(frame, column, nullCount);
}

interface LongValue {
  readonly row: number;
  readonly scale: number;
  readonly negative: boolean;
}

/** Any number of digits up to 38: long multiplication over four words, six digits at a time. */
function writeLong(
  bytes: Uint8Array,
  first: number,
  end: number,
  { row, scale, negative }: LongValue,
  out: Int32Array,
): void {
  const to = row * 4;
  out.fill(0, to, to + 4);
  let group = 0;
  let factor = 1;
  let digits = 0;
  let places = -1;
  const add = (digit: number): void => {
    group = group * 10 + digit;
    factor *= 10;
    if (factor < 1e6) return;
    multiplyAdd(out, to, factor, group, row);
    group = 0;
    factor = 1;
  };
  for (let at = first; at < end; at++) {
    const byte = bytes[at] as number;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      digits++;
      if (places >= 0) places++;
      add(digit);
    } else if (byte === POINT && places < 0) places = 0;
    else throw notDecimal(row);
  }
  if (digits === 0) throw notDecimal(row);
  if (places > scale) throw wrongPlaces(row, scale);
  for (let missing = scale - Math.max(places, 0); missing > 0; missing--) add(0);
  if (factor > 1) multiplyAdd(out, to, factor, group, row);
  // The sign's bit must still be free.
  if ((out[to + 3] as number) < 0) throw tooLarge(row);
  if (negative) negate(out, to);
}

/** `words = words × factor + addend`; factor up to 10^6, so that each step stays below 2^53. */
function multiplyAdd(
  words: Int32Array,
  to: number,
  factor: number,
  addend: number,
  row: number,
): void {
  let carry = addend;
  for (let i = to; i < to + 4; i++) {
    const product = ((words[i] as number) >>> 0) * factor + carry;
    carry = Math.floor(product / WORD);
    words[i] = product - carry * WORD;
  }
  if (carry > 0) throw tooLarge(row);
}

function negate(words: Int32Array, to: number): void {
  let carry = 1;
  for (let i = to; i < to + 4; i++) {
    const word = (~(words[i] as number) >>> 0) + carry;
    carry = word >= WORD ? 1 : 0;
    words[i] = word;
  }
}

function notDecimal(row: number): BadValue {
  return new BadValue(row, 'is no decimal number');
}

function wrongPlaces(row: number, scale: number): BadValue {
  return new BadValue(row, `is no decimal number with at most ${scale} places`);
}

function tooLarge(row: number): BadValue {
  return new BadValue(row, 'is too large a decimal number');
}
