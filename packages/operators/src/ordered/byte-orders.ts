/** Orders of values by their bytes, for rows that the numbers of `sort-columns` leave equal. */

import { compareNumeric } from '../numeric/arithmetic.js';
import { type Numeric, parseNumeric } from '../numeric/numeric.js';

/** Compares `a[aStart .. aEnd)` with `b[bStart .. bEnd)`: negative, 0 or positive. */
export type ByteOrder = (
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
) => number;

/** Byte by byte; what is a beginning of the other comes first. */
export const compareBytes: ByteOrder = (a, aStart, aEnd, b, bStart, bEnd) => {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
};

/** As `compareBytes`, without the blanks at the end: PostgreSQL's `bpchar`. */
export const compareTrimmed: ByteOrder = (a, aStart, aEnd, b, bStart, bEnd) =>
  compareBytes(a, aStart, trimmedEnd(a, aStart, aEnd), b, bStart, trimmedEnd(b, bStart, bEnd));

/** Where a text ends without the blanks at its end. */
export function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1] === 0x20) at--;
  return at;
}

/**
 * Numerics as text, whose nearest doubles are equal. With at most 15 digits there is one decimal for each double, so short texts
 * are equal by value.
 */
export const compareNumericTexts: ByteOrder = (a, aStart, aEnd, b, bStart, bEnd) => {
  const short = aEnd - aStart <= 15 && bEnd - bStart <= 15;
  if (short && isFiniteText(a, aEnd) && isFiniteText(b, bEnd)) return 0;
  return compareNumeric(readNumeric(a, aStart, aEnd), readNumeric(b, bStart, bEnd));
};

/** `NaN` and `Infinity` end in a letter. */
function isFiniteText(bytes: Uint8Array, end: number): boolean {
  return bytes[end - 1]! <= 0x39;
}

export function readNumeric(bytes: Uint8Array, start: number, end: number): Numeric {
  return parseNumeric(readAscii(bytes, start, end));
}

/** Text of ASCII characters. */
export function readAscii(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

/** 128-bit two's complement integers, little-endian. */
export const compareDecimals: ByteOrder = (a, aStart, _aEnd, b, bStart) => {
  const sign = (a[aStart + 15]! << 24) - (b[bStart + 15]! << 24);
  if (sign !== 0) return sign;
  for (let i = 14; i >= 0; i--) {
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
};
