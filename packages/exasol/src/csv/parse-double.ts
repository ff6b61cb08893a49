/**
 * The double nearest to a decimal text, read from bytes. Exact for every text: up to 15 digits by one operation on exact
 * numbers (Clinger, "How to Read Floating Point Numbers Accurately", 1990); up to 19 by the same in twice the precision,
 * with a check that its error cannot change the rounding; `Number` for the rest.
 */

const ZERO = 0x30;
const POINT = 0x2e;
const PLUS = 0x2b;
const MINUS = 0x2d;
const LOWER_E = 0x65;

/** Digits that a double holds exactly; and so many more in a second one. */
const FRONT_DIGITS = 9;
const HIGH_DIGITS = 15;
const ALL_DIGITS = 19;
/** The powers of ten that are doubles. */
const MAX_POWER = 22;
const POWERS: Float64Array = Float64Array.from({ length: MAX_POWER + 1 }, (_, i) => 10 ** i);

/** NaN for what is no number. `Infinity` for one that is too large is a double's way, and `Number`'s. */
export function parseDouble(bytes: Uint8Array, from: number, end: number): number {
  const first = bytes[from];
  const negative = first === MINUS;
  let at = negative || first === PLUS ? from + 1 : from;
  // Groups of digits that fit 32 bits: integers are added up faster than doubles.
  let front = 0;
  let middle = 0;
  let low = 0;
  let digits = 0;
  let exponent = 0;
  let point = -1;
  const start = at;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (point >= 0) exponent--;
      // Zeros in front are no digits of the number.
      if (digits === 0 && digit === 0) continue;
      if (++digits <= FRONT_DIGITS) front = front * 10 + digit;
      else if (digits <= HIGH_DIGITS) middle = middle * 10 + digit;
      else if (digits <= ALL_DIGITS) low = low * 10 + digit;
      else return byNumber(bytes, from, end);
    } else if (byte === POINT && point < 0) point = at;
    else break;
  }
  // No digit at all.
  if (at - start === (point < 0 ? 0 : 1)) return Number.NaN;
  if (at < end) {
    const power = exponentOf(bytes, at, end);
    if (Number.isNaN(power)) return Number.NaN;
    exponent += power;
  }
  if (digits === 0) return negative ? -0 : 0;
  if (exponent < -MAX_POWER || exponent > MAX_POWER) return byNumber(bytes, from, end);
  const middleDigits = Math.min(digits, HIGH_DIGITS) - FRONT_DIGITS;
  const high = middleDigits <= 0 ? front : front * (POWERS[middleDigits] as number) + middle;
  const value =
    digits <= HIGH_DIGITS
      ? scaled(high, exponent)
      : wide(high, low, digits - HIGH_DIGITS, exponent);
  if (Number.isNaN(value)) return byNumber(bytes, from, end);
  return negative ? -value : value;
}

/** Both numbers are exact, so the result is rounded once. */
function scaled(value: number, exponent: number): number {
  if (exponent === 0) return value;
  return exponent < 0
    ? value / (POWERS[-exponent] as number)
    : value * (POWERS[exponent] as number);
}

/** 2^-95: the error of `wide` is below 2^-100 of its result. */
const ERROR: number = 2 ** -95;

/** (high × 10^lowDigits + low) × 10^exponent, or NaN when it lies too near to the middle between two doubles. */
function wide(high: number, low: number, lowDigits: number, exponent: number): number {
  const factor = POWERS[lowDigits] as number;
  const product = high * factor;
  const sum = product + low;
  // sum + rest is the integer that the digits say, exactly.
  const rest = productError(high, factor, product) + (low - (sum - product));
  const power = POWERS[exponent < 0 ? -exponent : exponent] as number;
  let value: number;
  let correction: number;
  if (exponent < 0) {
    value = sum / power;
    const back = value * power;
    correction = (sum - back - productError(value, power, back) + rest) / power;
  } else {
    value = sum * power;
    correction = productError(sum, power, value) + rest * power;
  }
  const error = value * ERROR;
  const below = value + (correction - error);
  return below === value + (correction + error) ? below : Number.NaN;
}

/** a × b - product, exactly (Dekker, 1971). */
function productError(a: number, b: number, product: number): number {
  const aShifted = a * 134_217_729;
  const aHigh = aShifted - (aShifted - a);
  const aLow = a - aHigh;
  const bShifted = b * 134_217_729;
  const bHigh = bShifted - (bShifted - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

/** What stands behind the `e` at `from`; NaN when it is none. */
function exponentOf(bytes: Uint8Array, from: number, end: number): number {
  if (((bytes[from] as number) | 0x20) !== LOWER_E) return Number.NaN;
  const sign = bytes[from + 1];
  let at = sign === MINUS || sign === PLUS ? from + 2 : from + 1;
  if (at >= end) return Number.NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = Math.min(value * 10 + digit, 100_000);
  }
  return sign === MINUS ? -value : value;
}

function byNumber(bytes: Uint8Array, from: number, end: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString('latin1');
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}
