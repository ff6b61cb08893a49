import {
  type BitVector,
  type FixedVector,
  formatDecimalWords,
  formatUuid,
  smallDecimal,
  type Vector,
} from '@millrace/batch';
import { AsciiScratch } from './ascii-scratch.js';
import { shortestFloat4 } from './shortest-float4.js';
import { unsafeInteger } from './text-parsers.js';
import type { RowRange } from './value-reader.js';

/** The words of a fixed-width vector: two for each 64-bit value, four for each 128-bit one, least significant first. */
export function wordsOf(vector: Vector): Int32Array {
  const { values } = vector as FixedVector;
  return new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
}

/** int2, int4, oid, float8: the number as it is. */
export function readNumbers(vector: Vector, { from, to }: RowRange, out: unknown[]): void {
  const { values } = vector as FixedVector;
  for (let row = from; row < to; row++) out[row - from] = values[row];
}

export function readBooleans(vector: Vector, { from, to }: RowRange, out: unknown[]): void {
  const { values } = vector as BitVector;
  for (let row = from; row < to; row++)
    out[row - from] = ((values[row >> 3] as number) & (1 << (row & 7))) !== 0;
}

/** float4: the number of the shortest decimal that PostgreSQL writes for it (0.1, not 0.10000000149011612). */
export function readFloat4(vector: Vector, { from, to }: RowRange, out: unknown[]): void {
  const values = (vector as FixedVector).values as Float32Array;
  for (let row = from; row < to; row++) out[row - from] = shortestFloat4(values[row] as number);
}

const WORD = 0x100000000;
/** One for all columns: it is used from `reset` to `strings` within one call. */
const scratch = new AsciiScratch();
/** High words between which a 64-bit integer is one a double holds: ±2^53. */
const SAFE_HIGH = 0x200000;
/** Has no positive counterpart. */
const LEAST_INT32 = -0x80000000;

export function readInt8AsString(vector: Vector, { from, to }: RowRange, out: unknown[]): void {
  const words = wordsOf(vector);
  scratch.reset(to - from);
  for (let row = to - 1; row >= from; row--) {
    const low = words[2 * row] as number;
    const high = words[2 * row + 1] as number;
    if (high === low >> 31 && low !== LEAST_INT32) scratch.int32(low, 0);
    else if (high < SAFE_HIGH && high >= -SAFE_HIGH) scratch.number(high * WORD + (low >>> 0), 0);
    else scratch.text(String((BigInt(high) << 32n) | BigInt(low >>> 0)));
  }
  scratch.strings(out);
}

export function readInt8AsBigint(vector: Vector, { from, to }: RowRange, out: unknown[]): void {
  const values = (vector as FixedVector).values as BigInt64Array;
  for (let row = from; row < to; row++) out[row - from] = values[row];
}

/** @throws RangeError for an integer that a double does not hold exactly */
export function readInt8AsNumber(vector: Vector, { from, to }: RowRange, out: unknown[]): void {
  const words = wordsOf(vector);
  for (let row = from; row < to; row++) {
    const value = (words[2 * row + 1] as number) * WORD + ((words[2 * row] as number) >>> 0);
    if (!Number.isSafeInteger(value)) {
      throw unsafeInteger(vector.at(row));
    }
    out[row - from] = value;
  }
}

/** numeric(p,s): the text PostgreSQL writes. */
export function readDecimalAsString(vector: Vector, { from, to }: RowRange, out: unknown[]): void {
  const { type } = vector;
  const scale = type.kind === 'decimal' ? type.scale : 0;
  const words = wordsOf(vector);
  scratch.reset(to - from);
  for (let at = (to - 1) * 4; at >= from * 4; at -= 4) {
    const w0 = words[at] as number;
    const w1 = words[at + 1] as number;
    const w2 = words[at + 2] as number;
    const w3 = words[at + 3] as number;
    const sign = w0 >> 31;
    if (w1 === sign && w2 === sign && w3 === sign && scale <= 9 && w0 !== LEAST_INT32) {
      scratch.int32(w0, scale);
      continue;
    }
    const small = smallDecimal(w0, w1, w2, w3);
    if (Number.isNaN(small) || scale > 15) scratch.text(formatDecimalWords(w0, w1, w2, w3, scale));
    else scratch.number(small, scale);
  }
  scratch.strings(out);
}

/** numeric(p,s): the nearest double. */
export function readDecimalAsNumber(vector: Vector, { from, to }: RowRange, out: unknown[]): void {
  const { type } = vector;
  const scale = type.kind === 'decimal' ? type.scale : 0;
  // Up to 10^22 powers of ten are exact, so that one division rounds once.
  const divisor = scale <= 22 ? 10 ** scale : Number.NaN;
  const words = wordsOf(vector);
  for (let row = from, at = from * 4; row < to; row++, at += 4) {
    const w0 = words[at] as number;
    const w1 = words[at + 1] as number;
    const w2 = words[at + 2] as number;
    const w3 = words[at + 3] as number;
    const quotient = smallDecimal(w0, w1, w2, w3) / divisor;
    out[row - from] = Number.isNaN(quotient)
      ? Number(formatDecimalWords(w0, w1, w2, w3, scale))
      : quotient;
  }
}

export function readUuids(vector: Vector, { from, to }: RowRange, out: unknown[]): void {
  const values = (vector as FixedVector).values as Uint8Array;
  for (let row = from; row < to; row++) out[row - from] = formatUuid(values, row * 16);
}
