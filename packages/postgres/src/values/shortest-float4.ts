/**
 * The decimal that PostgreSQL writes for a float4, as a double: the shortest one between the middles to its neighbours, the
 * nearest of those, and of two equally near ones the even (src/common/f2s.c). What `pg` parses is this decimal.
 */

/** 2^-126: below it a float4 has fewer digits. */
const LEAST_NORMAL = 2 ** -126;

const floatBits = new Float32Array(1);
const bits = new Int32Array(floatBits.buffer);

export function shortestFloat4(value: number): number {
  if ((Number.isInteger(value) && Math.abs(value) < 1e6) || !Number.isFinite(value)) return value;
  const powerOfTwo = isPowerOfTwo(value);
  const reach = reachOf(value);
  // Six digits always survive a float4; nine always tell two of them apart.
  for (let digits = Math.abs(value) < LEAST_NORMAL ? 1 : 6; digits < 9; digits++) {
    const nearest = value.toExponential(digits - 1);
    if (survives(nearest, reach)) return evenOfTwo(nearest, value, digits);
    // Below a power of two floats are twice as dense: a decimal above may do where the nearest one, below, does not.
    if (!powerOfTwo) continue;
    const farther = neighbour(nearest, digits, 1);
    if (survives(farther, reach)) return Number(farther);
  }
  return Number(value.toPrecision(9));
}

/** The middles between a float4 and its neighbours: doubles hold them exactly. In absolute values. */
interface Reach {
  readonly low: number;
  readonly high: number;
}

function reachOf(value: number): Reach {
  const size = Math.abs(value);
  floatBits[0] = size;
  const at = bits[0] as number;
  bits[0] = at - 1;
  const below = floatBits[0] as number;
  bits[0] = at + 1;
  const above = floatBits[0] as number;
  // Above the largest float4 the next one would be as far as the one below.
  const gap = above === Number.POSITIVE_INFINITY ? size - below : above - size;
  return { low: size - (size - below) / 2, high: size + gap / 2 };
}

/** Whether a decimal is read as the float4: it lies between the middles. On one of them PostgreSQL does not take it. */
function survives(decimal: string, { low, high }: Reach): boolean {
  const size = Math.abs(Number(decimal));
  if (size === low) return compareExactly(decimal, low) > 0;
  if (size === high) return compareExactly(decimal, high) < 0;
  return low < size && size < high;
}

/** The sign of `|decimal| - double`, of the decimal itself and not of the double nearest to it. */
function compareExactly(decimal: string, double: number): number {
  let scale = 0;
  let whole = double;
  // Both are multiplied by two until the double is an integer, and by ten until the decimal is.
  for (; !Number.isInteger(whole); scale++) whole *= 2;
  const [mantissa = '', exponent] = decimal.replace('-', '').split('e');
  const [units = '', fraction = ''] = mantissa.split('.');
  const tens = Number(exponent) - fraction.length;
  const left = (BigInt(units + fraction) << BigInt(scale)) * 10n ** BigInt(Math.max(tens, 0));
  const right = BigInt(whole) * 10n ** BigInt(Math.max(-tens, 0));
  return left < right ? -1 : Number(left > right);
}

/** JavaScript takes the larger of two decimals that are equally near. */
function evenOfTwo(nearest: string, value: number, digits: number): number {
  const exact = value.toExponential(digits);
  const [mantissa = ''] = exact.split('e');
  const tie = mantissa.endsWith('5') && Number(exact) === value;
  const last = Number(nearest.split('e')[0]?.at(-1));
  return Number(tie && last % 2 === 1 ? neighbour(nearest, digits, -1) : nearest);
}

/** The decimal of as many digits that is `step` farther from zero. */
function neighbour(decimal: string, digits: number, step: 1 | -1): string {
  const [mantissa = '', exponent] = decimal.split('e');
  const sign = mantissa.startsWith('-') ? -1 : 1;
  const whole = Number(mantissa.replace('.', '')) + sign * step;
  return `${whole}e${Number(exponent) - (digits - 1)}`;
}

function isPowerOfTwo(value: number): boolean {
  floatBits[0] = value;
  return ((bits[0] as number) & 0x7fffff) === 0;
}
