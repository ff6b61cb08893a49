/** Dates and timestamps as `pg` gives them: its parser's rules, applied to integers instead of text. */
import { type FixedVector, type Vector, WRAPPED_HIGH } from '@millrace/batch';
import { dateText, INFINITE_PAST, timestampText } from './calendar-text.js';
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
    else out[row - from] = dateText(day);
  }
}

export function readTimestampAsBigint(
  vector: Vector,
  { from, to }: RowRange,
  out: unknown[],
): void {
  const values = (vector as FixedVector).values as BigInt64Array;
  for (let row = from; row < to; row++) out[row - from] = values[row];
  if (!vector.hasSpecial) return;
  for (let row = from; row < to; row++) out[row - from] = unwrapped(values[row] as bigint);
}

export function readTimestampAsString(
  vector: Vector,
  { from, to }: RowRange,
  out: unknown[],
): void {
  const values = (vector as FixedVector).values as BigInt64Array;
  const utc = vector.type.kind === 'timestamp' && vector.type.utc;
  for (let row = from; row < to; row++)
    out[row - from] = timestampText(unwrapped(values[row] as bigint), utc);
}

/** What wrapping took away: 2^64. */
const WRAP = 1n << 64n;
const WRAPPED_BELOW = BigInt(WRAPPED_HIGH) << 32n;

/** Microseconds as they were before a year past 294246 wrapped them around. */
function unwrapped(micros: bigint): bigint {
  return micros < WRAPPED_BELOW && micros !== INFINITE_PAST ? micros + WRAP : micros;
}
