import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addNumeric,
  compareNumeric,
  divide,
  multiply,
  squareRoot,
  subtract,
} from './arithmetic.js';
import {
  type FiniteNumeric,
  formatNumeric,
  type Numeric,
  parseNumeric,
  rescale,
} from './numeric.js';

const finite: fc.Arbitrary<FiniteNumeric> = fc.record({
  unscaled: fc.oneof(fc.bigInt(-1000n, 1000n), fc.bigInt(-(10n ** 40n), 10n ** 40n)),
  scale: fc.nat(25),
});
const number = (text: string): FiniteNumeric => parseNumeric(text) as FiniteNumeric;

describe('text', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(finite, (value) => {
        expect(parseNumeric(formatNumeric(value))).toEqual(value);
      }),
    );
  });

  test.each(['0', '0.00', '-0.5', '123.4500', 'NaN', 'Infinity', '-Infinity'])('%s', (text) => {
    expect(formatNumeric(parseNumeric(text))).toBe(text);
  });
});

describe('sum and product', () => {
  test('are those of the integers, at the larger scale and at the sum of scales', () => {
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const scale = Math.max(a.scale, b.scale);
        const unscaled = rescale(a, scale).unscaled + rescale(b, scale).unscaled;
        expect(addNumeric(a, b)).toEqual({ unscaled, scale });
        expect(subtract(addNumeric(a, b) as FiniteNumeric, b).unscaled).toBe(
          rescale(a, scale).unscaled,
        );
        expect(multiply(a, b)).toEqual({
          unscaled: a.unscaled * b.unscaled,
          scale: a.scale + b.scale,
        });
      }),
    );
  });

  test.each<[Numeric, Numeric, Numeric]>([
    ['NaN', number('1'), 'NaN'],
    ['Infinity', number('-1'), 'Infinity'],
    ['Infinity', 'Infinity', 'Infinity'],
    ['Infinity', '-Infinity', 'NaN'],
    ['-Infinity', 'NaN', 'NaN'],
  ])('%s and %s make %s', (a, b, sum) => {
    expect(addNumeric(a, b)).toBe(sum);
    expect(addNumeric(b, a)).toBe(sum);
  });

  test('has no more digits than PostgreSQL holds', () => {
    const most = { unscaled: 10n ** 131_072n - 1n, scale: 0 };
    expect(() => addNumeric(most, number('1'))).toThrow('value overflows numeric format');
    expect(addNumeric(most, number('0.5'))).toMatchObject({ scale: 1 });
  });
});

describe('quotient', () => {
  // What PostgreSQL 18.4 answers.
  test.each([
    ['1', '3', '0.33333333333333333333'],
    ['10', '3', '3.3333333333333333'],
    ['2', '3', '0.66666666666666666667'],
    ['-2', '3', '-0.66666666666666666667'],
    ['100000', '7', '14285.714285714286'],
    ['1.000000000000000000000000', '4', '0.250000000000000000000000'],
    ['3', '3', '1.00000000000000000000'],
    ['30000', '3', '10000.0000000000000000'],
    ['50000.5', '5', '10000.1000000000000000'],
    ['0', '5', '0.00000000000000000000'],
    ['12345678901234567890', '7', '1763668414462081127'],
    ['0.0001', '30000', '0.0000000033333333333333333333'],
  ])('%s / %s is %s', (a, b, quotient) => {
    expect(formatNumeric(divide(number(a), number(b)))).toBe(quotient);
  });

  test('of zero is an error', () => {
    expect(() => divide(number('1'), number('0.0'))).toThrow('division by zero');
  });
});

describe('square root', () => {
  test('is the nearest number of its scale', () => {
    fc.assert(
      fc.property(finite, fc.nat(30), (value, scale) => {
        const square = {
          unscaled: value.unscaled < 0n ? -value.unscaled : value.unscaled,
          scale: value.scale,
        };
        const { unscaled } = squareRoot(square, scale);
        const half = (twice: bigint): FiniteNumeric => ({ unscaled: twice * 5n, scale: scale + 1 });
        const low = half(2n * unscaled - 1n);
        const high = half(2n * unscaled + 1n);
        if (unscaled > 0n)
          expect(compareNumeric(multiply(low, low), square)).toBeLessThanOrEqual(0);
        expect(compareNumeric(multiply(high, high), square)).toBeGreaterThan(0);
      }),
    );
  });
});

describe('order', () => {
  test('is by value, with NaN above Infinity', () => {
    const rising = ['-Infinity', '-10', '-9.99', '0', '0.001', '1', 'Infinity', 'NaN'].map(
      parseNumeric,
    );
    rising.forEach((a, i) => {
      rising.forEach((b, j) => {
        expect(Math.sign(compareNumeric(a, b))).toBe(Math.sign(i - j));
      });
    });
    expect(compareNumeric(number('1.0'), number('1.000'))).toBe(0);
  });
});
