import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ODD_ROW_COUNTS } from './testing/sample-types.js';
import { countAbsent, isPresent, markAllPresent } from './validity.js';

const GUARD = 0xa5;

/** A bitmap at an offset, with bytes around it that nobody may read a meaning into or write. */
function bitmapOf(present: readonly boolean[], offset: number, rest: boolean): Uint8Array {
  const bytes = new Uint8Array(offset + ((present.length + 7) >> 3) + 4).fill(GUARD);
  const end = (present.length + 7) & ~7;
  for (let row = 0; row < end; row++) {
    const bit = row < present.length ? present[row] : rest;
    const at = offset + (row >> 3);
    bytes[at] = bit ? bytes[at]! | (1 << (row & 7)) : bytes[at]! & ~(1 << (row & 7));
  }
  return bytes;
}

describe('markAllPresent', () => {
  test.each(ODD_ROW_COUNTS)(
    'sets the bits of %i rows, clears the rest of the last byte',
    (rows) => {
      const bytes = new Uint8Array(3 + 80).fill(GUARD);
      markAllPresent(bytes, 3, rows);
      const expected = bitmapOf(new Array(rows).fill(true), 3, false);
      const used = 3 + ((rows + 7) >> 3);
      expect(bytes.subarray(0, used)).toEqual(expected.subarray(0, used));
      expect(bytes.subarray(used).every((byte) => byte === GUARD)).toBe(true);
    },
  );
});

describe('isPresent and countAbsent', () => {
  const bitmaps = fc.record({
    present: fc.array(fc.boolean(), { maxLength: 200, size: 'max' }),
    offset: fc.integer({ min: 0, max: 9 }),
    rest: fc.boolean(),
  });

  test('read the bit of each row, whatever lies around the bitmap', () => {
    fc.assert(
      fc.property(bitmaps, ({ present, offset, rest }) => {
        const bytes = bitmapOf(present, offset, rest);
        expect(present.map((_, row) => isPresent(bytes, offset, row))).toEqual(present);
      }),
    );
  });

  test('count absent rows among the first rows only', () => {
    fc.assert(
      fc.property(bitmaps, ({ present, offset, rest }) => {
        const bytes = bitmapOf(present, offset, rest);
        for (let rows = 0; rows <= present.length; rows++) {
          const naive = present.slice(0, rows).filter((bit) => !bit).length;
          expect(countAbsent(bytes, offset, rows)).toBe(naive);
        }
      }),
    );
  });

  test.each(ODD_ROW_COUNTS)('find no absent row among %i marked present', (rows) => {
    const bytes = new Uint8Array(80).fill(GUARD);
    markAllPresent(bytes, 1, rows);
    expect(countAbsent(bytes, 1, rows)).toBe(0);
    for (let row = 0; row < rows; row++) expect(isPresent(bytes, 1, row)).toBe(true);
  });
});
