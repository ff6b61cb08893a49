/** Numbers, dates and times as ASCII digits, written into bytes without a string. Each returns where it ends. */

const ZERO = 0x30;
const MINUS = 0x2d;
const COLON = 0x3a;
const POINT = 0x2e;
const SPACE = 0x20;
const BILLION = 1e9;
/** The two digits of each number below 100. */
const PAIRS: Uint8Array = Uint8Array.from({ length: 200 }, (_, i) =>
  i % 2 === 0 ? ZERO + Math.floor(i / 20) : ZERO + (Math.floor(i / 2) % 10),
);

/** A whole number of 0 up to 2^53. */
export function writeWhole(out: Uint8Array, at: number, value: number): number {
  if (value >= BILLION) {
    const front = Math.floor(value / BILLION);
    return writePadded(out, writeWhole(out, at, front), value - front * BILLION, 9);
  }
  const digits = digitsBelowBillion(value);
  return writePadded(out, at, value, digits);
}

function digitsBelowBillion(value: number): number {
  if (value < 1e4) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4;
  if (value < 1e6) return value < 1e5 ? 5 : 6;
  return value < 1e7 ? 7 : value < 1e8 ? 8 : 9;
}

/** A whole number below 10^digits, with zeros in front; up to 15 digits. */
export function writePadded(out: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value;
  let left = digits;
  if (left > 9) {
    const front = Math.floor(value / BILLION);
    writePadded(out, at, front, left - 9);
    rest = value - front * BILLION;
    return writePadded(out, at + left - 9, rest, 9);
  }
  while (left >= 2) {
    const next = (rest / 100) | 0;
    const pair = (rest - next * 100) * 2;
    left -= 2;
    out[at + left] = PAIRS[pair] as number;
    out[at + left + 1] = PAIRS[pair + 1] as number;
    rest = next;
  }
  if (left === 1) out[at] = ZERO + rest;
  return at + digits;
}

/** An integer of up to 2^53 on both sides of 0. */
export function writeInteger(out: Uint8Array, at: number, value: number): number {
  if (value >= 0) return writeWhole(out, at, value);
  out[at] = MINUS;
  return writeWhole(out, at + 1, -value);
}

/** value × 10^-scale, with all its places; up to 15 of them. */
export function writeScaled(out: Uint8Array, at: number, value: number, scale: number): number {
  if (scale === 0) return writeInteger(out, at, value);
  let end = at;
  if (value < 0) out[end++] = MINUS;
  const digits = Math.abs(value);
  const unit = 10 ** scale;
  const whole = Math.floor(digits / unit);
  end = writeWhole(out, end, whole);
  out[end++] = POINT;
  return writePadded(out, end, digits - whole * unit, scale);
}

/** ASCII text. */
export function writeAscii(out: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** Days since 1970 of the first and the last date of Exasol: 0001-01-01 and 9999-12-31. */
export const FIRST_DAY = -719_162;
export const LAST_DAY = 2_932_896;

/** A day since 1970, of Exasol's, as `YYYY-MM-DD`. In 400-year cycles from March. */
export function writeDate(out: Uint8Array, at: number, day: number): number {
  const shifted = day + 719_468;
  const era = (shifted / 146_097) | 0;
  const dayOfEra = shifted - era * 146_097;
  const leaps = ((dayOfEra / 1460) | 0) - ((dayOfEra / 36_524) | 0) + ((dayOfEra / 146_096) | 0);
  const yearOfEra = ((dayOfEra - leaps) / 365) | 0;
  const dayOfYear = dayOfEra - (365 * yearOfEra + (yearOfEra >> 2) - ((yearOfEra / 100) | 0));
  const fromMarch = ((5 * dayOfYear + 2) / 153) | 0;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  writePadded(out, at, yearOfEra + era * 400 + (month <= 2 ? 1 : 0), 4);
  out[at + 4] = MINUS;
  writePadded(out, at + 5, month, 2);
  out[at + 7] = MINUS;
  return writePadded(out, at + 8, dayOfYear - (((153 * fromMarch + 2) / 5) | 0) + 1, 2);
}

/** A day and microseconds of it as `YYYY-MM-DD HH:MM:SS.ffffff`. */
export function writeTimestamp(out: Uint8Array, at: number, day: number, ofDay: number): number {
  writeDate(out, at, day);
  const second = Math.floor(ofDay / 1e6);
  const minute = (second / 60) | 0;
  const hour = (minute / 60) | 0;
  out[at + 10] = SPACE;
  writePadded(out, at + 11, hour, 2);
  out[at + 13] = COLON;
  writePadded(out, at + 14, minute - hour * 60, 2);
  out[at + 16] = COLON;
  writePadded(out, at + 17, second - minute * 60, 2);
  out[at + 19] = POINT;
  return writePadded(out, at + 20, ofDay - second * 1e6, 6);
}
