import { describe, expect, test } from 'vitest';
import { column, numericModifier } from '../testing/result-columns.js';
import { columnDecoder, postgresTypeName, TypeOid } from './type-table.js';

const numericType = (modifier: number) =>
  columnDecoder(column('n', TypeOid.numeric, modifier)).type;

describe('numeric', () => {
  test.each([
    [1, 0],
    [12, 2],
    [38, 0],
    [38, 38],
  ])('(%i,%i) is a decimal', (precision, scale) => {
    expect(numericType(numericModifier(precision, scale))).toEqual({
      kind: 'decimal',
      precision,
      scale,
    });
  });

  test.each([
    ['without declaration', -1],
    ['of 39 digits', numericModifier(39, 0)],
    ['of 1000 digits', numericModifier(1000, 500)],
    ['of a negative scale', numericModifier(5, -2)],
    ['of a scale beyond its precision', numericModifier(3, 5)],
  ])('%s stays text', (_, modifier) => {
    expect(numericType(modifier)).toEqual({ kind: 'utf8' });
  });
});

test('a type that is not listed travels as text', () => {
  for (const oid of [0, 600, 2249, 16_384, 0xffffffff])
    expect(columnDecoder(column('x', oid))).toMatchObject({ format: 0, type: { kind: 'utf8' } });
});

test.each([
  [TypeOid.int8, -1, 'bigint'],
  [TypeOid.numeric, -1, 'numeric'],
  [TypeOid.numeric, numericModifier(12, 2), 'numeric(12,2)'],
  [TypeOid.numeric, numericModifier(5, -3), 'numeric(5,-3)'],
  [TypeOid.numeric, numericModifier(1000, 1000), 'numeric(1000,1000)'],
  [1043, 11, 'character varying(7)'],
  [1042, 5, 'character(1)'],
  [TypeOid.text, 11, 'text'],
  [99_999, 7, 'type 99999'],
])('type %i with modifier %i is called %s', (oid, modifier, name) => {
  expect(postgresTypeName(oid, modifier)).toBe(name);
});
