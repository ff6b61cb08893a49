/** Dates and timestamps as `pg` gives them: its parser's rules, applied to integers instead of text. */
import { type FixedVector, type Vector, WRAPPED_HIGH } from '@millrace/batch';
import { wordsOf } from './number-values.js';
import type { RowRange } from './value-reader.js';

const WORD = 0x100000000;
const DAY_MS = 86_400_000;

/** Milliseconds since 1970, rounded down; NaN where no Date can be; ±Infinity. */
function millisecondsOf(low: number, high: number): number {
  if (high === 0x7fffffff && low === -1) return Number.POSITIVE_INFINITY;
  if (high === -0x80000000 && low === 0) return Number.NEGATIVE_INFINITY;
  if (high < WRAPPED_HIGH) return Number.NaN;
  if (high < 0x200000 && high >= -0x200000) return Math.floor((high * WORD + (low >>> 0)) / 1000);
  const micros = (BigInt(high) << 32n) | BigInt(low >>> 0);
  return Number((micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n);
}

export function readTimestamptzAsDate(
  vector: Vector,
  { from, to }: RowRange,
  out: unknown[],
): void {
  const words = wordsOf(vector);
  for (let row = from; row < to; row++) {
    const ms = millisecondsOf(words[2 * row] as number, words[2 * row + 1] as number);
    out[row - from] = Math.abs(ms) === Number.POSITIVE_INFINITY ? ms : new Date(ms);
  }
}

export function readTimestampAsDate(vector: Vector, { from, to }: RowRange, out: unknown[]): void {
  const words = wordsOf(vector);
  for (let row = from; row < to; row++) {
    const ms = millisecondsOf(words[2 * row] as number, words[2 * row + 1] as number);
    out[row - from] = Math.abs(ms) === Number.POSITIVE_INFINITY ? ms : localDate(ms);
  }
}

/** The Date whose local calendar shows what `ms` shows in UTC. */
function localDate(ms: number): Date {
  const utc = new Date(ms);
  const year = utc.getUTCFullYear();
  const local = new Date(
    year,
    utc.getUTCMonth(),
    utc.getUTCDate(),
    utc.getUTCHours(),
    utc.getUTCMinutes(),
    utc.getUTCSeconds(),
    utc.getUTCMilliseconds(),
  );
  // The constructor takes years 0 to 99 for 1900 to 1999.
  if (year >= 0 && year < 100) local.setFullYear(year);
  return local;
}

export function readDateAsDate(vector: Vector, { from, to }: RowRange, out: unknown[]): void {
  const days = (vector as FixedVector).values as Int32Array;
  for (let row = from; row < to; row++) {
    const day = days[row] as number;
    if (day === 0x7fffffff) out[row - from] = Number.POSITIVE_INFINITY;
    else if (day === -0x80000000) out[row - from] = Number.NEGATIVE_INFINITY;
    else out[row - from] = localDate(day * DAY_MS);
  }
}

export function readDateAsString(vector: Vector, { from, to }: RowRange, out: unknown[]): void {
  const days = (vector as FixedVector).values as Int32Array;
  for (let row = from; row < to; row++) {
    const day = days[row] as number;
    if (day === 0x7fffffff) out[row - from] = 'infinity';
    else if (day === -0x80000000) out[row - from] = '-infinity';
    else out[row - from] = calendarDate(day);
  }
}

export function readTimestampAsBigint(
  vector: Vector,
  { from, to }: RowRange,
  out: unknown[],
): void {
  const values = (vector as FixedVector).values as BigInt64Array;
  for (let row = from; row < to; row++) out[row - from] = values[row];
}

export function readTimestampAsString(
  vector: Vector,
  { from, to }: RowRange,
  out: unknown[],
): void {
  const words = wordsOf(vector);
  const utc = vector.type.kind === 'timestamp' && vector.type.utc;
  for (let row = from; row < to; row++) {
    out[row - from] = timestampText(words[2 * row] as number, words[2 * row + 1] as number, utc);
  }
}

const DAY_MICROS = 86_400_000_000n;
/** What wrapping took away: 2^64. */
const WRAP = 1n << 64n;

function timestampText(low: number, high: number, utc: boolean): string {
  if (high === 0x7fffffff && low === -1) return 'infinity';
  if (high === -0x80000000 && low === 0) return '-infinity';
  let micros = (BigInt(high) << 32n) | BigInt(low >>> 0);
  if (high < WRAPPED_HIGH) micros += WRAP;
  const ofDay = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  const seconds = Number(ofDay / 1_000_000n);
  const fraction = String(ofDay % 1_000_000n).padStart(6, '0');
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map(twoDigits)
    .join(':');
  const [date = '', era = ''] = calendarDate(Number((micros - ofDay) / DAY_MICROS)).split(
    /(?= BC)/,
  );
  return `${date}T${clock}.${fraction}${utc ? 'Z' : ''}${era}`;
}

/** `YYYY-MM-DD`, with ` BC` where PostgreSQL writes it. The proleptic Gregorian calendar, in 400-year cycles from March. */
function calendarDate(day: number): string {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leaps =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const dayOfMonth = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const written = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return `${written}-${twoDigits(month)}-${twoDigits(dayOfMonth)}${year > 0 ? '' : ' BC'}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
