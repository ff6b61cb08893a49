import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatDecimal,
  formatDecimalWords,
  isNaNDecimal,
  MAX_DECIMAL_PRECISION,
  smallDecimal,
} from './decimal.js';

type Words = [number, number, number, number];

const LARGEST = 10n ** 38n - 1n;
const SCALES = Array.from({ length: MAX_DECIMAL_PRECISION + 1 }, (_, scale) => scale);

function wordsOf(unscaled: bigint): Words {
  const word = (i: bigint): number => Number(BigInt.asIntN(32, unscaled >> (32n * i)));
  return [word(0n), word(1n), word(2n), word(3n)];
}

/** The oracle: whole part and fraction by BigInt division. */
function naiveFormat(unscaled: bigint, scale: number): string {
  const magnitude = unscaled < 0n ? -unscaled : unscaled;
  const unit = 10n ** BigInt(scale);
  const fraction = scale === 0 ? '' : `.${String(magnitude % unit).padStart(scale, '0')}`;
  return `${unscaled < 0n ? '-' : ''}${magnitude / unit}${fraction}`;
}

/** Integers of every number of digits, not only of the most common one. */
const unscaled = fc
  .tuple(fc.integer({ min: 0, max: 38 }), fc.bigInt({ min: -LARGEST, max: LARGEST }))
  .map(([digits, value]) => value % 10n ** BigInt(digits));

const EDGES = [0, 31, 32, 33, 52, 53, 54, 63, 64, 65, 95, 96, 97, 126]
  .map((bits) => 2n ** BigInt(bits))
  .concat(10n ** 37n, LARGEST)
  .flatMap((value) => [value - 1n, value, value + 1n])
  .flatMap((value) => [value, -value])
  .filter((value) => value <= LARGEST && value >= -LARGEST);

describe('formatDecimal', () => {
  test.each(SCALES)('writes powers of two and their neighbours exactly at scale %i', (scale) => {
    for (const value of EDGES)
      expect(formatDecimalWords(...wordsOf(value), scale)).toBe(naiveFormat(value, scale));
  });

  test('writes any integer of up to 38 digits at any scale as BigInt arithmetic does', () => {
    fc.assert(
      fc.property(unscaled, fc.constantFrom(...SCALES), (value, scale) => {
        expect(formatDecimalWords(...wordsOf(value), scale)).toBe(naiveFormat(value, scale));
      }),
      { numRuns: 2000 },
    );
  });

  test('reads the words little-endian from any byte offset', () => {
    fc.assert(
      fc.property(unscaled, fc.integer({ min: 0, max: 17 }), (value, offset) => {
        const bytes = new Uint8Array(40).fill(0xa5);
        const view = new DataView(bytes.buffer);
        wordsOf(value).forEach((word, i) => {
          view.setInt32(offset + 4 * i, word, true);
        });
        expect(formatDecimal(bytes, offset, 3)).toBe(naiveFormat(value, 3));
      }),
    );
  });

  test.each(SCALES)('writes the smallest 128-bit integer as NaN at scale %i', (scale) => {
    expect(formatDecimalWords(...wordsOf(-(2n ** 127n)), scale)).toBe('NaN');
  });
});

describe('isNaNDecimal', () => {
  test('is true of one pattern only, not of those that differ in one bit', () => {
    const pattern = -(2n ** 127n);
    expect(isNaNDecimal(...wordsOf(pattern))).toBe(true);
    for (let bit = 0n; bit < 128n; bit++)
      expect(isNaNDecimal(...wordsOf(BigInt.asIntN(128, pattern ^ (1n << bit))))).toBe(false);
  });

  test('is false of everything a precision of 38 reaches', () => {
    for (const value of EDGES) expect(isNaNDecimal(...wordsOf(value))).toBe(false);
  });
});

describe('smallDecimal', () => {
  test('is the integer where a double holds it, else NaN', () => {
    const check = (value: bigint): void => {
      const small = smallDecimal(...wordsOf(value));
      const holds = value >= -(2n ** 53n) && value < 2n ** 53n;
      if (holds) expect(BigInt(small)).toBe(value);
      else expect(small).toBeNaN();
    };
    EDGES.forEach(check);
    fc.assert(fc.property(unscaled, check));
  });

  test('never is minus zero', () => {
    expect(Object.is(smallDecimal(0, 0, 0, 0), 0)).toBe(true);
  });
});
