/** Kernels for `YYYY-MM-DD` and `YYYY-MM-DD HH:MM:SS.ffffff`, the formats of a session that has not changed them. */
import type { BatchFrame } from '@millrace/batch';
import {
  BadValue,
  type CsvRows,
  clearBit,
  closeColumn,
  openColumn,
  valuesOffset,
} from './kernel.js';

const ZERO = 0x30;
const DASH = 0x2d;
const COLON = 0x3a;
const POINT = 0x2e;
const SPACE = 0x20;
const UPPER_T = 0x54;
const HALF = 0x10000;
const DAY_SECONDS = 86_400;
/** Where the parts begin, and where the whole ends. */
const DATE_BYTES = 10;
const SECOND_BYTES = 19;
const MICRO_DIGITS = 6;
const NO_DATE: number = Number.NaN;

export function decodeDate(rows: CsvRows, column: number, frame: BatchFrame): void {
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
    const days = end - from === DATE_BYTES ? daysAt(bytes, from) : NO_DATE;
    if (Number.isNaN(days)) throw new BadValue(row, 'is no date YYYY-MM-DD');
    out[row] = days;
  }
  closeColumn(frame, column, nullCount);
}

export function decodeTimestamp(rows: CsvRows, column: number, frame: BatchFrame): void {
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
    const days = end - from >= DATE_BYTES ? daysAt(bytes, from) : NO_DATE;
    const seconds = end - from === DATE_BYTES ? 0 : secondsAt(bytes, from + DATE_BYTES, end);
    const micros = end - from <= SECOND_BYTES ? 0 : microsAt(bytes, from + SECOND_BYTES, end);
    // (Not a number if one of them is not.)
    const all = days * DAY_SECONDS + seconds + micros;
    if (Number.isNaN(all))
      throw new BadValue(
        row,
        'is no timestamp YYYY-MM-DD HH:MM:SS with up to 6 digits of a second',
      );
    // Microseconds of years 1 to 9999 do not fit a double: multiplied in halves of 16 bits.
    const whole = days * DAY_SECONDS + seconds;
    const upper = Math.floor(whole / HALF);
    const lower = (whole - upper * HALF) * 1e6 + micros;
    const carry = Math.floor(lower / HALF);
    const middle = upper * 1e6 + carry;
    const high = Math.floor(middle / HALF);
    out[2 * row] = (middle - high * HALF) * HALF + (lower - carry * HALF);
    out[2 * row + 1] = high;
  }
  closeColumn(frame, column, nullCount);
}

const DAYS_BEFORE: Uint16Array = Uint16Array.of(
  0,
  0,
  31,
  59,
  90,
  120,
  151,
  181,
  212,
  243,
  273,
  304,
  334,
);
const DAYS_IN: Uint8Array = Uint8Array.of(0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);
/** Days from the first of year 0 (of the proleptic Gregorian calendar) to 1970. */
const EPOCH_DAYS = 719_528;

/** Days since 1970 of the ten bytes at `at`, or NaN. */
function daysAt(bytes: Uint8Array, at: number): number {
  const century = pairAt(bytes, at);
  const ofCentury = pairAt(bytes, at + 2);
  const month = pairAt(bytes, at + 5);
  const day = pairAt(bytes, at + 8);
  if (bytes[at + 4] !== DASH || bytes[at + 7] !== DASH || (century | ofCentury | day) < 0)
    return NO_DATE;
  const year = century * 100 + ofCentury;
  if (month < 1 || month > 12 || year === 0) return NO_DATE;
  const leap = (ofCentury & 3) === 0 && (ofCentury !== 0 || (century & 3) === 0);
  const last = (DAYS_IN[month] as number) + (leap && month === 2 ? 1 : 0);
  if (day < 1 || day > last) return NO_DATE;
  const before = year - 1;
  const years = year * 365 + (before >> 2) - ((before / 100) | 0) + ((before / 400) | 0) + 1;
  const months = (DAYS_BEFORE[month] as number) + (leap && month > 2 ? 1 : 0);
  return years + months + day - 1 - EPOCH_DAYS;
}

/** Seconds of the day of ` HH:MM:SS` at `at`, or NaN. */
function secondsAt(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < SECOND_BYTES - DATE_BYTES) return NO_DATE;
  const hour = pairAt(bytes, at + 1);
  const minute = pairAt(bytes, at + 4);
  const second = pairAt(bytes, at + 7);
  if (bytes[at] !== SPACE && bytes[at] !== UPPER_T) return NO_DATE;
  if (bytes[at + 3] !== COLON || bytes[at + 6] !== COLON) return NO_DATE;
  if ((hour | minute | second) < 0 || hour > 23 || minute > 59 || second > 59) return NO_DATE;
  return (hour * 60 + minute) * 60 + second;
}

/** Microseconds of `.ffffff` at `at`, or NaN, also when there is more than zeros behind the sixth digit. */
function microsAt(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== POINT || at + 1 === end) return NO_DATE;
  let micros = 0;
  let digits = 0;
  for (let i = at + 1; i < end; i++) {
    const digit = (bytes[i] as number) - ZERO;
    if (digit < 0 || digit > 9) return NO_DATE;
    if (++digits <= MICRO_DIGITS) micros = micros * 10 + digit;
    else if (digit > 0) return NO_DATE;
  }
  for (; digits < MICRO_DIGITS; digits++) micros *= 10;
  return micros;
}

/** Two digits, or a negative number. */
function pairAt(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - ZERO;
  const ones = (bytes[at + 1] as number) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}
