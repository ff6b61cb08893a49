import { describe, expect, test } from 'vitest';
import { rowAssembler } from './row-assembler.js';

const DATE = new Date(0);
/** Two rows of so many columns: small integers, then objects, texts and NULLs. */
const columnsOf = (names: readonly string[]): unknown[][] =>
  names.map((_, column) => [column, [null, 'text', DATE, 1.5][column % 4]]);

/** What `pg` makes of it: a property a column, the last of a name wins. */
function naive(names: readonly string[], columns: readonly unknown[][]): object[] {
  return [0, 1].map((row) => {
    const object: Record<string, unknown> = {};
    names.forEach((name, column) => {
      const value = columns[column]![row];
      Object.defineProperty(object, name, {
        value,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    });
    return object;
  });
}

const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['plain names', ['id', 'name', 'created_at', 'weight']],
  ['no columns', []],
  ['the same name three times', ['a', 'b', 'a', 'c', 'a']],
  [
    'names that are no identifiers',
    ['?column?', 'a b', '"', "'", '\\', '\u2028', 'ü', `$\{x}`, ''],
  ],
  ['names that are indexes', ['1', '0', 'x', '10']],
  ['names that all objects inherit', ['__proto__', 'constructor', 'toString', 'valueOf']],
  ['more names than code is generated for', Array.from({ length: 1600 }, (_, i) => `c${i}`)],
];

describe('rows are plain objects with a property a column', () => {
  test.each(CASES)('%s', (_, names) => {
    const columns = columnsOf(names);
    const rows = rowAssembler(names, 'object')(columns, 2) as object[];
    const expected = naive(names, columns);
    expect(rows).toStrictEqual(expected);
    rows.forEach((row, i) => {
      expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
      expect(Object.keys(row)).toEqual(Object.keys(expected[i]!));
      expect(Object.getOwnPropertyDescriptors(row)).toEqual(
        Object.getOwnPropertyDescriptors(expected[i]!),
      );
    });
  });

  test('that can be cloned, spread and written like any other', () => {
    const [row] = rowAssembler(['a', 'b'], 'object')([['x'], [1.5]], 1) as Record<
      string,
      unknown
    >[];
    expect(structuredClone(row)).toStrictEqual({ a: 'x', b: 1.5 });
    expect({ ...row, c: 1 }).toStrictEqual({ a: 'x', b: 1.5, c: 1 });
    expect(JSON.stringify(row)).toBe('{"a":"x","b":1.5}');
  });
});

test('rows are arrays in column order, also of one name, where arrays are asked for', () => {
  const rows = rowAssembler(['a', 'a'], 'array')(
    [
      [1, 2],
      ['x', null],
    ],
    2,
  );
  expect(rows).toStrictEqual([
    [1, 'x'],
    [2, null],
  ]);
});

test('only as many rows as were asked for, though the columns hold more', () => {
  expect(rowAssembler(['a'], 'object')([[1, 2, 3]], 1)).toStrictEqual([{ a: 1 }]);
});
