/**
 * Exact decimals as PostgreSQL's `numeric`: an integer times 10^-scale, where the scale is the display scale ("dscale") that
 * PostgreSQL keeps beside the value. Rules of scale and rounding are those of src/backend/utils/adt/numeric.c.
 */
import { SqlValueError } from '../sql-value-error.js';

export interface FiniteNumeric {
  readonly unscaled: bigint;
  /** Digits after the point, 0 or more. */
  readonly scale: number;
}

export type SpecialNumeric = 'NaN' | 'Infinity' | '-Infinity';
export type Numeric = FiniteNumeric | SpecialNumeric;

/** NUMERIC_WEIGHT_MAX: at most 131,072 digits before the point. */
const MOST_INTEGER_DIGITS = 131_072;
/** NUMERIC_DSCALE_MAX. */
export const MOST_SCALE = 16_383;

const powers: bigint[] = Array.from({ length: 64 }, (_, exponent) => 10n ** BigInt(exponent));

export function powerOfTen(exponent: number): bigint {
  return powers[exponent] ?? 10n ** BigInt(exponent);
}

export function isFiniteNumeric(value: Numeric): value is FiniteNumeric {
  return typeof value === 'object';
}

/** Reads the text that PostgreSQL writes: digits with at most one point, no exponent; `NaN`, `Infinity`, `-Infinity`. */
export function parseNumeric(text: string): Numeric {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return text;
  const point = text.indexOf('.');
  if (point < 0) return { unscaled: BigInt(text), scale: 0 };
  return {
    unscaled: BigInt(text.slice(0, point) + text.slice(point + 1)),
    scale: text.length - point - 1,
  };
}

/** The text that PostgreSQL writes. */
export function formatNumeric(value: Numeric): string {
  if (!isFiniteNumeric(value)) return value;
  const { unscaled, scale } = value;
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/**
 * The value unless it has more digits than a numeric can.
 *
 * @throws SqlValueError 22003
 */
export function checkNumeric(value: FiniteNumeric): FiniteNumeric {
  const { unscaled, scale } = value;
  // A bit is less than a third of a digit; the exact count is for what comes near the limit.
  const bits = BigInt.asIntN(400_000, unscaled) === unscaled;
  if (bits || digitsOf(unscaled) - scale <= MOST_INTEGER_DIGITS) return value;
  throw new SqlValueError('22003', 'value overflows numeric format');
}

/** Decimal digits of an integer; 0 has none. */
export function digitsOf(value: bigint): number {
  if (value === 0n) return 0;
  return String(value < 0n ? -value : value).length;
}

/** The value at a scale: zeros are added, digits are rounded half away from zero (`round_var`). */
export function rescale(value: FiniteNumeric, scale: number): FiniteNumeric {
  if (scale === value.scale) return value;
  if (scale > value.scale) {
    return { unscaled: value.unscaled * powerOfTen(scale - value.scale), scale };
  }
  return { unscaled: divideRounded(value.unscaled, powerOfTen(value.scale - scale)), scale };
}

/** Quotient rounded half away from zero. `divisor` is above 0. */
export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n;
  const magnitude = negative ? -dividend : dividend;
  const quotient = (2n * magnitude + divisor) / (2n * divisor);
  return negative ? -quotient : quotient;
}
