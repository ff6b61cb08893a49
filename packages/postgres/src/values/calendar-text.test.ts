import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INFINITE_FUTURE, INFINITE_PAST, timestampMicros, timestampText } from './calendar-text.js';

/** Of all of PostgreSQL's timestamps: 4714 BC to 294276 AD. */
const micros = fc.bigInt({ min: -210_866_803_200_000_000n, max: 9_224_318_015_999_999_999n });
const asServer = (text: string): string => text.replace('T', ' ');

describe('timestampMicros', () => {
  test('reads back what timestampText writes', () => {
    fc.assert(
      fc.property(micros, (value) => {
        expect(timestampMicros(asServer(timestampText(value, false)))).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['1970-01-01 00:00:00', 0n],
    ['1970-01-01 00:00:00.5', 500_000n],
    ['1970-01-01 01:00:00.000001+01', 1n],
    ['1969-12-31 19:00:00-05', 0n],
    ['1970-01-01 05:30:00+05:30', 0n],
    ['1970-01-01 00:19:32+00:19:32', 0n],
    ['0001-01-01 00:00:00 BC', -62_167_219_200_000_000n],
    ['0001-12-31 23:00:00-01 BC', -62_135_596_800_000_000n],
    ['294276-12-31 23:59:59.999999', 9_224_318_015_999_999_999n],
    ['infinity', INFINITE_FUTURE],
    ['-infinity', INFINITE_PAST],
  ])('%s', (text, expected) => {
    expect(timestampMicros(text)).toBe(expected);
  });

  test.each([
    '',
    'now',
    '2024-01-01',
    '2024-01-01T00:00:00',
    '2024-01-01 00:00:00 AD',
    '1-1-1 0:0:0',
  ])('refuses %j', (text) => {
    expect(() => timestampMicros(text)).toThrow(RangeError);
  });
});
