/** Sum, product, quotient, root and order of numerics, with PostgreSQL's scales. */
import { SqlValueError } from '../sql-value-error.js';
import {
  checkNumeric,
  digitsOf,
  divideRounded,
  type FiniteNumeric,
  isFiniteNumeric,
  MOST_SCALE,
  type Numeric,
  powerOfTen,
  rescale,
} from './numeric.js';

/** NUMERIC_MIN_SIG_DIGITS: digits that a quotient has at least. */
const LEAST_DIGITS = 16;
/** NUMERIC_MAX_DISPLAY_SCALE: digits after the point that a quotient has at most. */
const MOST_DISPLAY_SCALE = 1000;
/** Decimal digits in one digit of PostgreSQL's representation (DEC_DIGITS). */
const GROUP = 4;

/** The scale is the larger one. */
export function addNumeric(a: Numeric, b: Numeric): Numeric {
  if (!isFiniteNumeric(a) || !isFiniteNumeric(b)) {
    if (isFiniteNumeric(a)) return b;
    return isFiniteNumeric(b) || a === b ? a : 'NaN';
  }
  return checkNumeric(add(a, b));
}

/** As `addNumeric`, of finite values, unchecked. */
export function add(a: FiniteNumeric, b: FiniteNumeric): FiniteNumeric {
  const scale = Math.max(a.scale, b.scale);
  return { unscaled: rescale(a, scale).unscaled + rescale(b, scale).unscaled, scale };
}

/** a - b. The scale is the larger one. */
export function subtract(a: FiniteNumeric, b: FiniteNumeric): FiniteNumeric {
  return add(a, { unscaled: -b.unscaled, scale: b.scale });
}

/** The scale is the sum of both, up to 16,383. */
export function multiply(a: FiniteNumeric, b: FiniteNumeric): FiniteNumeric {
  const product = { unscaled: a.unscaled * b.unscaled, scale: a.scale + b.scale };
  return product.scale > MOST_SCALE ? rescale(product, MOST_SCALE) : product;
}

/**
 * a / b, rounded to the scale that `numeric_div` chooses.
 *
 * @throws SqlValueError 22012 when b is 0
 */
export function divide(a: FiniteNumeric, b: FiniteNumeric): FiniteNumeric {
  return divideAt(a, b, quotientScale(a, b));
}

/** a / b at a given scale (`div_var`). */
export function divideAt(a: FiniteNumeric, b: FiniteNumeric, scale: number): FiniteNumeric {
  if (b.unscaled === 0n) throw new SqlValueError('22012', 'division by zero');
  const shift = scale + b.scale - a.scale;
  let dividend = b.unscaled < 0n ? -a.unscaled : a.unscaled;
  let divisor = b.unscaled < 0n ? -b.unscaled : b.unscaled;
  if (shift >= 0) dividend *= powerOfTen(shift);
  else divisor *= powerOfTen(-shift);
  return { unscaled: divideRounded(dividend, divisor), scale };
}

/** `select_div_scale`: at least 16 digits that count, and no fewer than either operand shows. */
export function quotientScale(a: FiniteNumeric, b: FiniteNumeric): number {
  const first = leadingGroup(a);
  const second = leadingGroup(b);
  let weight = first.weight - second.weight;
  if (first.digit <= second.digit) weight--;
  const scale = Math.max(LEAST_DIGITS - weight * GROUP, a.scale, b.scale, 0);
  return Math.min(scale, MOST_DISPLAY_SCALE);
}

/** The first digit that is not 0 in base 10,000, and the power of 10,000 it stands for. */
function leadingGroup({ unscaled, scale }: FiniteNumeric): { weight: number; digit: number } {
  if (unscaled === 0n) return { weight: 0, digit: 0 };
  const digits = String(unscaled < 0n ? -unscaled : unscaled);
  const exponent = digits.length - scale - 1;
  const weight = Math.floor(exponent / GROUP);
  const length = exponent - weight * GROUP + 1;
  return { weight, digit: Number(digits.slice(0, length).padEnd(length, '0')) };
}

/** The square root at a given scale, rounded (`sqrt_var`). `value` is 0 or more. */
export function squareRoot(value: FiniteNumeric, scale: number): FiniteNumeric {
  // One digit more than asked, cut off: rounding it is exact.
  const shift = 2 * (scale + 1) - value.scale;
  const radicand =
    shift >= 0 ? value.unscaled * powerOfTen(shift) : value.unscaled / powerOfTen(-shift);
  return { unscaled: divideRounded(integerRoot(radicand), 10n), scale };
}

/** The largest integer whose square is not above `value` (Newton's method from above). */
function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = powerOfTen(Math.ceil(digitsOf(value) / 2));
  while (true) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Order by value: -Infinity, numbers, Infinity, NaN, which equals itself. Negative, 0 or positive. */
export function compareNumeric(a: Numeric, b: Numeric): number {
  if (!isFiniteNumeric(a) || !isFiniteNumeric(b)) return rankOf(a) - rankOf(b);
  const scale = Math.max(a.scale, b.scale);
  const left = rescale(a, scale).unscaled;
  const right = rescale(b, scale).unscaled;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function rankOf(value: Numeric): number {
  if (isFiniteNumeric(value)) return 0;
  return value === '-Infinity' ? -1 : value === 'Infinity' ? 1 : 2;
}
