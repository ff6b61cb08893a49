import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../errors.js';
import { columnNames, readQualifiedName } from './qualified-name.js';
import { readTables } from './tables.js';

describe('names of tables', () => {
  test.each([
    ['flights', undefined, 'flights'],
    ['FlightS', undefined, 'flights'],
    ['App.Flights', 'app', 'flights'],
    ['"My Table"', undefined, 'My Table'],
    ['app."a.""b"""', 'app', 'a."b"'],
    ['"App"."Flights"', 'App', 'Flights'],
    ['größe_1$', undefined, 'größe_1$'],
    // Only ASCII is folded, as in a UTF-8 database.
    ['ÄB', undefined, 'Äb'],
  ])('%s', (text, schema, name) => {
    expect(readQualifiedName(text, 'x')).toEqual({ schema, name });
  });

  test.each([
    '',
    'My Table',
    'a.',
    '.a',
    'a.b.c',
    '"a',
    'a"b"',
    '""',
    '""."a"',
    'a;b',
    '1a',
    'a b',
  ])('refuses %j', (text) => {
    expect(() => readQualifiedName(text, 'tables.x')).toThrow(ConfigurationError);
    expect(() => readQualifiedName(text, 'tables.x')).toThrow(/^tables\.x: .*"My Table"/);
  });

  test('of columns are tried as SQL reads them, and as they are', () => {
    expect(columnNames('userId')).toEqual(['userid', 'userId']);
    expect(columnNames('id')).toEqual(['id']);
    expect(columnNames('"User ""Id"')[0]).toBe('User "Id');
  });
});

describe('the option tables', () => {
  test('gives each entry its name, its key and its rule', () => {
    const place = (key: string): number => key.length;
    const tables = readTables(
      {
        'app.Flights': { key: 'origin' },
        '"My Table"': { key: ['a', 'b'], by: 'hash' },
        lists: { key: 'a', by: { list: [['x', null], ['y']] } },
        ranges: {
          key: ['a', 'b'],
          by: {
            range: [
              [null, [1, 'm']],
              [[1, 'm'], null],
            ],
          },
        },
        placed: { key: 'a', by: place },
        airports: 'replicated',
      },
      2,
    );
    expect(tables).toEqual([
      { option: 'app.Flights', schema: 'app', name: 'flights', key: ['origin'], by: 'unknown' },
      { option: '"My Table"', schema: undefined, name: 'My Table', key: ['a', 'b'], by: 'hash' },
      {
        option: 'lists',
        schema: undefined,
        name: 'lists',
        key: ['a'],
        by: { list: [[['x'], [null]], [['y']]] },
      },
      {
        option: 'ranges',
        schema: undefined,
        name: 'ranges',
        key: ['a', 'b'],
        by: {
          range: [
            [null, [1, 'm']],
            [[1, 'm'], null],
          ],
        },
      },
      { option: 'placed', schema: undefined, name: 'placed', key: ['a'], by: place },
      { option: 'airports', schema: undefined, name: 'airports', key: undefined, by: 'unknown' },
    ]);
    expect(readTables(undefined, 2)).toEqual([]);
  });

  const wrong: readonly [what: string, option: unknown, says: RegExp][] = [
    ['no key', {}, /tables\.t must be 'replicated' or name its shard key/],
    ['null', null, /tables\.t must be/],
    ['an empty key', { key: [] }, /tables\.t must be/],
    ['a key that is no text', { key: [1] }, /tables\.t must be/],
    ['a column twice', { key: ['a', 'a'] }, /tables\.t\.key names a column twice/],
    ['an option there is not', { key: 'a', from: 1 }, /tables\.t\.from is not known/],
    ['a rule there is not', { key: 'a', by: 'luck' }, /tables\.t\.by must be 'unknown', 'hash'/],
    ['two rules', { key: 'a', by: { list: [[], []], range: [] } }, /tables\.t\.by must be/],
    ['an empty rule', { key: 'a', by: {} }, /tables\.t\.by must be/],
    [
      'too few lists',
      { key: 'a', by: { list: [['x']] } },
      /by\.list must have .* each shard.*2 in all/,
    ],
    ['a list that is none', { key: 'a', by: { list: ['x', 'y'] } }, /by\.list\[0\] must be a list/],
    [
      'an object in a list',
      { key: 'a', by: { list: [[{}], []] } },
      /by\.list\[0\]\[0\] must be a value/,
    ],
    [
      'a single value for two columns',
      { key: ['a', 'b'], by: { list: [['x'], []] } },
      /by\.list\[0\]\[0\] must be a list of 2 values/,
    ],
    ['too many ranges', { key: 'a', by: { range: [[], [], []] } }, /by\.range must have a pair/],
    [
      'a range of one end',
      { key: 'a', by: { range: [[1], [2]] } },
      /by\.range\[0\] must be a pair/,
    ],
    [
      'an end of the wrong length',
      {
        key: 'a',
        by: {
          range: [
            [null, [1, 2]],
            [null, null],
          ],
        },
      },
      /by\.range\[0\]\[1\] must be a value/,
    ],
  ];

  test.each(wrong)('refuses %s', (_what, option, says) => {
    expect(() => readTables({ t: option }, 2)).toThrow(ConfigurationError);
    expect(() => readTables({ t: option }, 2)).toThrow(says);
  });

  test('refuses two entries of one table', () => {
    expect(() => readTables({ t: 'replicated', T: 'replicated' }, 2)).toThrow(
      /'t' and 'T' are the same/,
    );
  });
});
