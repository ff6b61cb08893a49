import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../errors.js';
import { NONDETERMINISTIC, samplePlacement as place, SHARDS } from '../testing/sample-placement.js';
import type { CatalogColumn } from './catalog.js';
import { hashPartitionOf } from './partition-hash.js';
import { placementOf } from './placement.js';
import { type PlacementRule, readTables } from './tables.js';

describe("by 'unknown'", () => {
  test('every shard may have the rows', () => {
    const { prunable, shardOf } = place('unknown', 'int4');
    expect(prunable).toBe(false);
    expect(shardOf(['1'])).toBeUndefined();
  });
});

describe("by 'hash'", () => {
  test.each([
    ['int4', '-7', -7],
    ['int8', '9007199254740993', 9007199254740993n],
    ['bool', 't', true],
    ['text', 'Zürich', 'Zürich'],
    ['bytea', '\\x00ff', Uint8Array.of(0, 255)],
    ['timestamptz', '2001-02-03 04:05:06+01', '2001-02-03 03:05:06+00'],
    ['numeric', '1.50', '1.5'],
  ] as const)(
    "the text of %s %s is placed as PostgreSQL's partitioning does",
    (type, text, value) => {
      const { prunable, shardOf } = place('hash', type);
      expect(prunable).toBe(true);
      expect(shardOf([text])).toBe(hashPartitionOf([type], [value], SHARDS));
    },
  );

  test('of several columns, NULLs among them', () => {
    const { shardOf } = place('hash', 'text', 'int4');
    expect(shardOf(['a', '7'])).toBe(hashPartitionOf(['text', 'int4'], ['a', 7], SHARDS));
    expect(shardOf([null, '7'])).toBe(hashPartitionOf(['text', 'int4'], [null, 7], SHARDS));
    expect(shardOf([null, null])).toBe(0);
    expect(() => shardOf(['a'])).toThrow(RangeError);
  });

  test('is not known for a text that is no value of the type', () => {
    for (const [type, text] of [
      ['int4', '1.5'],
      ['int4', '99999999999'],
      ['date', '2001-02-03 10:00'],
      ['bool', 'perhaps'],
    ] as const)
      expect(place('hash', type).shardOf([text])).toBeUndefined();
  });

  test('is not known for types without such a hash, or texts that are equal to others', () => {
    expect(place('hash', 'mood').prunable).toBe(false);
    expect(place('hash', NONDETERMINISTIC).prunable).toBe(false);
    expect(place('hash', NONDETERMINISTIC).shardOf(['a'])).toBeUndefined();
  });
});

describe('by lists', () => {
  test('a key lies where it is listed; one that is nowhere has no rows anywhere', () => {
    const { prunable, shardOf } = place({ list: [[1], [2n, '3'], [null]] }, 'int8');
    expect(prunable).toBe(true);
    expect(['1', '2', '3', '4'].map((key) => shardOf([key]))).toEqual([0, 1, 1, 0]);
    expect(shardOf([null])).toBe(2);
  });

  test('values are compared as the type does', () => {
    expect(place({ list: [[], ['1.50'], []] }, 'numeric').shardOf(['1.5'])).toBe(1);
    expect(place({ list: [[], [], ['a']] }, 'bpchar').shardOf(['a   '])).toBe(2);
    const day = new Date(2001, 1, 3);
    expect(place({ list: [[], [], [day]] }, 'date').shardOf(['2001-02-03'])).toBe(2);
  });

  test('of several columns', () => {
    const rule = { list: [[['a', 1]], [['a', 2]], [['a,1', null]]] } as const;
    const { shardOf } = place(rule, 'text', 'int4');
    expect(shardOf(['a', '2'])).toBe(1);
    expect(shardOf(['a,1', null])).toBe(2);
  });

  test('a text that is not listed may equal one that is, in types that are not known', () => {
    for (const type of ['citext', NONDETERMINISTIC]) {
      const { prunable, shardOf } = place({ list: [['a'], ['b'], []] }, type);
      expect(prunable).toBe(true);
      expect(shardOf(['b'])).toBe(1);
      expect(shardOf(['B'])).toBeUndefined();
    }
  });

  test('a text that is no value of the type is not decided', () => {
    expect(place({ list: [[1], [], []] }, 'int4').shardOf(['1.0'])).toBeUndefined();
  });

  test('values of another type, and values in two lists, are refused', () => {
    expect(() => place({ list: [[1], ['x'], []] }, 'int4')).toThrow(
      /by\.list\[1\]\[0\]: .*integer/,
    );
    expect(() => place({ list: [[1], [], [2, '1']] }, 'int4')).toThrow(
      /by\.list\[2\]\[1\] is in the list of shards\[0\]/,
    );
    expect(() => place({ list: [[1.5], [], []] }, 'int4')).toThrow(ConfigurationError);
  });
});

describe('by ranges', () => {
  test('a key lies in the range from its start, included, to its end, not included', () => {
    const { prunable, shardOf } = place(
      {
        range: [
          [100, null],
          [null, 10],
          [10, 20],
        ],
      },
      'int4',
    );
    expect(prunable).toBe(true);
    expect(['-5', '9', '10', '19', '20', '99', '100'].map((key) => shardOf([key]))).toEqual([
      1, 1, 2, 2, 0, 0, 0,
    ]);
    expect(shardOf([null])).toBeUndefined();
    expect(shardOf(['1.5'])).toBeUndefined();
  });

  test('of texts goes by their bytes', () => {
    const { shardOf } = place(
      {
        range: [
          [null, 'a'],
          ['a', '\uffff'],
          ['\uffff', null],
        ],
      },
      'text',
    );
    expect(['Z', 'a', 'z', 'é', '\u{1f600}'].map((key) => shardOf([key]))).toEqual([0, 1, 1, 1, 2]);
  });

  test('of dates and numerics goes by the type', () => {
    const years = place(
      {
        range: [
          [null, '2001-01-01'],
          ['2001-01-01', '2002-01-01'],
          ['2002-01-01', null],
        ],
      },
      'date',
    );
    expect(years.shardOf(['0044-03-15 BC'])).toBe(0);
    expect(years.shardOf(['10000-01-01'])).toBe(2);
    const numbers = place(
      {
        range: [
          [null, '9.5'],
          [9.5, 10],
          [10, null],
        ],
      },
      'numeric',
    );
    expect(['9.4999', '9.50', '9.99', '10.0', 'NaN'].map((key) => numbers.shardOf([key]))).toEqual([
      0, 1, 1, 2, 2,
    ]);
  });

  test('of several columns goes by the first that differs', () => {
    const rule = {
      range: [
        [null, ['b', 5]],
        [
          ['b', 5],
          ['c', 0],
        ],
        [['c', 0], null],
      ],
    } as const;
    const { shardOf } = place(rule, 'text', 'int4');
    expect(shardOf(['a', '9'])).toBe(0);
    expect(shardOf(['b', '4'])).toBe(0);
    expect(shardOf(['b', '5'])).toBe(1);
    expect(shardOf(['c', '0'])).toBe(2);
    expect(shardOf(['b', null])).toBeUndefined();
  });

  test.each([
    [
      'that overlap',
      [
        [null, 5],
        [4, 9],
        [9, null],
      ],
      'int4',
      /shards\[0\] and shards\[1\] overlap/,
    ],
    [
      'that both have no end',
      [
        [null, null],
        [4, 9],
        [9, 9],
      ],
      'int4',
      /overlap/,
    ],
    [
      'that end before they start',
      [
        [5, 4],
        [6, 7],
        [8, 9],
      ],
      'int4',
      /range\[0\]: its start is above/,
    ],
    [
      'of another type',
      [
        ['x', null],
        [null, 1],
        [1, 2],
      ],
      'int4',
      /range\[0\]\[0\]: .*integer/,
    ],
    [
      'over a type of unknown order',
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'd'],
      ],
      'mood',
      /order of type mood.*list/,
    ],
    [
      'over texts that may be equal to others',
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'd'],
      ],
      NONDETERMINISTIC,
      /order of its collation/,
    ],
  ] as const)('refuses those %s', (_what, range, type, says) => {
    expect(() => place({ range }, type)).toThrow(ConfigurationError);
    expect(() => place({ range }, type)).toThrow(says);
  });

  test('may be empty', () => {
    const { shardOf } = place(
      {
        range: [
          [null, 5],
          [5, 5],
          [5, null],
        ],
      },
      'int4',
    );
    expect(['4', '5'].map((key) => shardOf([key]))).toEqual([0, 2]);
  });
});

describe('tables are colocated', () => {
  const id = (by: PlacementRule, ...types: (string | CatalogColumn)[]): string =>
    place(by, ...types).colocationId;
  const odd = (key: number): number => key % 2;
  const lists = { list: [[1, 2], [3], []] };

  test.each<[string, string, string]>([
    ['by unknown rules', id('unknown', 'int4'), id('unknown', 'int8')],
    ['by hash, integers of any size', id('hash', 'int2', 'text'), id('hash', 'int8', 'varchar')],
    ['by the same function', id(odd, 'int4'), id(odd, 'int2')],
    ['by the same lists', id(lists, 'int4'), id({ list: [['2', '1'], [3n], []] }, 'int8')],
    [
      'by the same ranges',
      id(
        {
          range: [
            [null, 5],
            [5, 10],
            [10, null],
          ],
        },
        'numeric',
      ),
      id(
        {
          range: [
            [null, '5.0'],
            ['5', '1e1'],
            [10, null],
          ],
        },
        'numeric',
      ),
    ],
  ])('%s', (_what, one, other) => {
    expect(one).toBe(other);
  });

  test.each<[string, string, string]>([
    ['by different rules', id('unknown', 'int4'), id('hash', 'int4')],
    ['with keys of another length', id('hash', 'int4'), id('hash', 'int4', 'int4')],
    ['with keys of another type', id('hash', 'int4'), id('hash', 'numeric')],
    ['with unknown rules and another type', id('unknown', 'date'), id('unknown', 'timestamp')],
    ['by functions of the same text', id(() => 0, 'int4'), id(() => 0, 'int4')],
    ['by a function that sees an int8 as text', id(odd, 'int4'), id(odd, 'int8')],
    ['by other lists', id(lists, 'int4'), id({ list: [[1], [2, 3], []] }, 'int4')],
    [
      'by other ranges',
      id(
        {
          range: [
            [null, 5],
            [5, 10],
            [10, null],
          ],
        },
        'int4',
      ),
      id(
        {
          range: [
            [null, 6],
            [6, 10],
            [10, null],
          ],
        },
        'int4',
      ),
    ],
    ['with other ideas of equal texts', id('unknown', 'text'), id('unknown', NONDETERMINISTIC)],
  ])('not %s', (_what, one, other) => {
    expect(one).not.toBe(other);
  });
});

test('a replicated table has no placement', () => {
  const [table] = readTables({ t: 'replicated' }, SHARDS);
  expect(() => placementOf(table!, [], SHARDS)).toThrow(ConfigurationError);
});
