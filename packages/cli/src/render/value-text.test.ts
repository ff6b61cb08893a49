import { describe, expect, test } from 'vitest';
import { timestampText, valueText } from './value-text.js';

describe('values as PostgreSQL writes them', () => {
  test.each([
    ['a "text"', 'a "text"'],
    [true, 't'],
    [false, 'f'],
    [-0, '-0'],
    [0.1, '0.1'],
    [1e-7, '1e-07'],
    [1e300, '1e+300'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    [Buffer.from([0, 255]), '\\x00ff'],
    [{ x: 1, y: -2.5 }, '(1,-2.5)'],
    [{ x: 1, y: 2, radius: 3 }, '<(1,2),3>'],
    [[], '{}'],
    [[1, null, [true]], '{1,NULL,{t}}'],
    [['', 'null', 'a b', 'a"\\', '{x}', 'a,b', 'ü'], '{"","null","a b","a\\"\\\\","{x}","a,b",ü}'],
  ])('%j', (value, expected) => {
    expect(valueText(value)).toBe(expected);
  });

  test.each([
    ['2001-01-31T10:30:00.500000', '2001-01-31 10:30:00.5'],
    ['2001-01-31T10:30:00.000000Z', '2001-01-31 10:30:00+00'],
    ['0044-03-15T00:00:00.000001Z BC', '0044-03-15 00:00:00.000001+00 BC'],
    ['-infinity', '-infinity'],
  ])('the timestamp %s', (value, expected) => {
    expect(timestampText(value)).toBe(expected);
  });
});
