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
  // Six digits always survive a float4; nine always tell two of them apart.
  for (let digits = Math.abs(value) < LEAST_NORMAL ? 1 : 6; digits < 9; digits++) {
    const nearest = value.toExponential(digits - 1);
    if (survives(Number(nearest), value)) return evenOfTwo(nearest, value, digits);
    // Below a power of two floats are twice as dense: a decimal above may do where the nearest one, below, does not.
    if (!powerOfTwo) continue;
    const farther = neighbour(nearest, digits, 1);
    if (survives(farther, value)) return farther;
  }
  return Number(value.toPrecision(9));
}

/** Whether a decimal is read as this float4, and is not half way to the next, which PostgreSQL does not take. */
function survives(decimal: number, value: number): boolean {
  return Math.fround(decimal + (decimal - value) * 1e-6) === value;
}

/** JavaScript takes the larger of two decimals that are equally near. */
function evenOfTwo(nearest: string, value: number, digits: number): number {
  const exact = value.toExponential(digits);
  const [mantissa = ''] = exact.split('e');
  const tie = mantissa.endsWith('5') && Number(exact) === value;
  const last = Number(nearest.split('e')[0]?.at(-1));
  return tie && last % 2 === 1 ? neighbour(nearest, digits, -1) : Number(nearest);
}

/** The decimal of as many digits that is `step` farther from zero. */
function neighbour(decimal: string, digits: number, step: 1 | -1): number {
  const [mantissa = '', exponent] = decimal.split('e');
  const sign = mantissa.startsWith('-') ? -1 : 1;
  const whole = Number(mantissa.replace('.', '')) + sign * step;
  return Number(`${whole}e${Number(exponent) - (digits - 1)}`);
}

function isPowerOfTwo(value: number): boolean {
  floatBits[0] = value;
  return ((bits[0] as number) & 0x7fffff) === 0;
}
