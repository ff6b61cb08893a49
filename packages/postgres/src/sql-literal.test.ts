/** Literals, asked of the server: what it makes of the text is the value. */
import { inspect } from 'node:util';
import { type Cluster, startCluster } from '@millrace/embedded';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sqlLiteral, textLiteral } from './sql-literal.js';

let cluster: Cluster;
let client: pg.Client;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
  client = new pg.Client({ connectionString: cluster.urls[0] });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await cluster?.stop();
});

async function select(literal: string): Promise<unknown> {
  const { rows } = await client.query<{ value: unknown }>(`select ${literal} as value`);
  return rows[0]?.value;
}

const VALUES: readonly (readonly [value: unknown, answer: unknown])[] = [
  ...[null, true, false, 0, 42, -5, 2147483647].map((value) => [value, value] as const),
  ...[
    '',
    "O'Brien",
    "''",
    'back\\slash',
    "\\'; drop table t; --",
    'line\nbreak\ttab',
    '%s $1 é 😀',
  ].map((value) => [value, value] as const),
  [undefined, null],
  [0.1, '0.1'],
  [-1e-7, '-0.0000001'],
  [1e21, '1000000000000000000000'],
  [2 ** 53, '9007199254740992'],
  [Number.NaN, Number.NaN],
  [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  [-0, -0],
  [9223372036854775807n, '9223372036854775807'],
  [-9223372036854775808n, '-9223372036854775808'],
  [10n ** 30n, '1000000000000000000000000000000'],
  [Buffer.from([0, 39, 92, 255]), Buffer.from([0, 39, 92, 255])],
  [new Uint8Array([1, 2]), Buffer.from([1, 2])],
  [new Date('2001-02-03T04:05:06.789Z'), new Date('2001-02-03T04:05:06.789Z')],
  [new Date(-1), new Date(-1)],
  [new Date('+012001-02-03T00:00:00Z'), new Date('+012001-02-03T00:00:00Z')],
  [
    [1, 2, 3],
    [1, 2, 3],
  ],
  [
    [
      [1, -2],
      [3, null],
    ],
    [
      [1, -2],
      [3, null],
    ],
  ],
  [
    ["a'b", 'c\\d', null, 'NULL', '', '{,"}'],
    ["a'b", 'c\\d', null, 'NULL', '', '{,"}'],
  ],
  [
    [1, Number.NaN],
    [1, Number.NaN],
  ],
  [
    [true, false],
    [true, false],
  ],
  [[new Date(0)], [new Date(0)]],
  [
    { a: [1, 'x'], b: { "c'": null, d: '\\' } },
    { a: [1, 'x'], b: { "c'": null, d: '\\' } },
  ],
  [
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: 2 }],
  ],
  [{ toPostgres: () => "own 'form'" }, "own 'form'"],
];

describe.each(['on', 'off'])('with standard_conforming_strings %s', (setting) => {
  beforeAll(async () => {
    await client.query(`set standard_conforming_strings = ${setting}`);
    await client.query('set escape_string_warning = off');
  });

  test.each(VALUES.map(([value, answer]) => ({ name: inspect(value), value, answer })))(
    '$name is itself again',
    async ({ value, answer }) => {
      expect(await select(sqlLiteral(value))).toEqual(answer);
    },
  );
});

describe('a literal', () => {
  test('of an empty array, or of NULLs alone, takes its type from where it stands', async () => {
    expect(await select(`${sqlLiteral([])}::int[]`)).toEqual([]);
    expect(await select(`${sqlLiteral([null, [undefined]])}::text`)).toBe('{NULL,{NULL}}');
  });

  test('of a negative number begins no comment', async () => {
    expect(await select(`1-${sqlLiteral(-5)}`)).toBe(6);
    expect(await select(`1-${sqlLiteral(-5n)}`)).toBe(6);
  });

  test('of a text is a text', () => {
    expect([textLiteral("a'b"), textLiteral('a\\')]).toEqual(["'a''b'", "E'a\\\\'"]);
  });

  test.each([
    [() => 1, /function/],
    [Symbol('x'), /symbol/],
    [new Date(Number.NaN), /invalid/],
    ['a\0b', /zero character/],
  ])('of %s there is none', (value, message) => {
    expect(() => sqlLiteral(value)).toThrow(message);
  });
});
