/** The JavaScript values are those that the real `pg` gives for the same statement. */
import { type Cluster, startCluster } from '@millrace/embedded';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConnection } from '../open-connection.js';
import type { PostgresConnection } from '../postgres-connection.js';
import { addressOf, runSql, selectLiterals } from '../testing/run-sql.js';

let cluster: Cluster;
let connection: PostgresConnection;
let client: pg.Client;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
  const url = cluster.urls[0]!;
  connection = await openConnection(addressOf(url));
  client = new pg.Client(url);
  await client.connect();
  await client.query(
    "create type mood as enum ('sad', 'ok'); create domain price as numeric(12,2); create type pair as (a int, b text)",
  );
});

afterAll(async () => {
  await client?.end();
  await connection?.close();
  await cluster?.stop();
});

/** Reads a statement both ways and compares. */
async function expectSame(sql: string): Promise<void> {
  const theirs = (await client.query({ text: sql, rowMode: 'array' })).rows as unknown[][];
  const ours = (await runSql(connection, sql)).values();
  expect(ours).toStrictEqual(theirs);
  const small = await runSql(connection, sql, { limits: { maxRows: 3, maxBytes: 100 } });
  expect(small.values()).toStrictEqual(theirs);
}

const withNulls = (literals: readonly string[]): (string | null)[] => [null, ...literals, null];

const CASES: Readonly<Record<string, readonly string[]>> = {
  bool: ['t', 'f'],
  int2: ['-32768', '0', '32767'],
  int4: ['-2147483648', '0', '2147483647'],
  int8: [
    '0',
    '-1',
    '-9223372036854775808',
    '9223372036854775807',
    '9007199254740993',
    '-4294967296',
    '-2147483649',
    '2147483648',
    '-9007199254740993',
  ],
  oid: ['0', '2147483648', '4294967295'],
  float4: [
    '-0',
    '0',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e-45',
    '1.1754944e-38',
    '3.4028235e38',
    '0.1',
    '1.1',
    '16777216',
    '123456789',
    '1e10',
  ],
  float8: [
    '-0',
    '0',
    'NaN',
    'Infinity',
    '-Infinity',
    '5e-324',
    '2.2250738585072014e-308',
    '1.7976931348623157e308',
    '0.1',
    '1e22',
    '123456789012345680',
  ],
  'numeric(12,2)': ['0', '-0.01', '0.05', '9999999999.99', '-9999999999.99', 'NaN', '12.30'],
  'numeric(38,10)': [
    '0',
    '9999999999999999999999999999.9999999999',
    '-1e-10',
    '9007199254.740993',
    'NaN',
  ],
  'numeric(38,0)': ['0', '9'.repeat(38), `-${'9'.repeat(38)}`],
  'numeric(38,38)': ['0', `-0.${'9'.repeat(38)}`],
  numeric: [
    'NaN',
    'Infinity',
    '-Infinity',
    '0',
    '-0.00',
    '1e-20',
    `1${'0'.repeat(999)}`,
    `0.${'3'.repeat(1000)}`,
  ],
  price: ['1.5', '-2'],
  text: ['', ' ', 'ascii', 'Zürich', '日本', '\u{1f682}', 'a\tb\nc', 'x'.repeat(3000)],
  'varchar(10)': ['', 'ab'],
  'char(4)': ['', 'ü', 'abcd'],
  name: ['a_name'],
  '"char"': ['', 'x'],
  mood: ['sad', 'ok'],
  pair: ['(1,x)', '(,)'],
  bytea: ['\\x', '\\x00', '\\xdeadbeef00ff'],
  uuid: ['00000000-0000-0000-0000-000000000000', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'],
  json: ['null', '1', '"x"', '{"a": [1, 2.50, null]}', '[]', 'true'],
  jsonb: ['null', '{"b": 1, "a": "ü"}', '12345678901234567890'],
  interval: ['0', '1 year 2 mons -3 days 04:05:06.789', '-00:00:00.000001', '-1 day'],
  time: ['00:00', '24:00:00', '01:02:03.4'],
  timetz: ['01:02:03+05:30'],
  point: ['(1.5,-2)', '(1e300,0)'],
  circle: ['<(1,2),3>'],
  box: ['(1,2),(3,4)'],
  inet: ['10.0.0.1', '::1/64'],
  cidr: ['10.0.0.0/8'],
  macaddr: ['08:00:2b:01:02:03'],
  money: ['12.34', '-1234567.89'],
  'bit(3)': ['101'],
  varbit: ['', '10101'],
  xml: ['<a>ü</a>'],
  tsvector: ['fat:1 cat:2'],
  int4range: ['empty', '[1,10)', '(,5]'],
  tstzrange: ['[2024-01-01 00:00:00+00,)'],
  int4multirange: ['{[1,2),[5,6)}'],
  regclass: ['pg_class'],
  pg_lsn: ['0/16B3748'],
  'bool[]': ['{t,f,NULL}', '{}'],
  'int2[]': ['{1,-2,NULL}'],
  'int4[]': ['{{1,2},{3,4}}', '{}'],
  'int8[]': ['{9223372036854775807,NULL}'],
  'float4[]': ['{0.1,NaN,-0,Infinity}'],
  'float8[]': ['{0.1,-Infinity}'],
  'numeric[]': ['{1.10,NaN}'],
  'text[]': ['{a,"b,c",NULL,"NULL","q\\"uote","ü"}'],
  'json[]': ['{"{\\"a\\":1}"}'],
  'date[]': ['{2024-02-29,NULL}'],
  'timestamp[]': ['{"2024-02-29 12:34:56.789"}'],
  'timestamptz[]': ['{"2024-02-29 12:34:56.789+00"}'],
  'bytea[]': ['{"\\\\x00ff"}'],
  'uuid[]': ['{00000000-0000-0000-0000-000000000001}'],
  'interval[]': ['{"1 day"}'],
  'point[]': ['{"(1,2)"}'],
  'mood[]': ['{sad,ok}'],
};

describe('values are those of pg', () => {
  test.each(Object.entries(CASES))('%s', async (type, literals) => {
    await expectSame(selectLiterals(type, withNulls(literals)));
    await expectSame(selectLiterals(type, literals));
  });

  test('of a result without rows, without columns, or with many columns of one name', async () => {
    await expectSame('select 1::int8 as n where false');
    await expectSame('select from generate_series(1, 5)');
    await expectSame("select 1 as a, 'x' as a, null as a, 2.5 as a, now() - now() as a");
  });

  test('of text that repeats, of ranges with and without other characters than ASCII', async () => {
    await expectSame(
      `select case when i between 100 and 180 then 'ü' || i when i % 7 = 0 then null when i % 5 = 0 then '' else repeat('ab', i % 30) end,
        (i % 3)::text, i::text from generate_series(1, 400) i`,
    );
  });
});

describe('random values are those of pg', () => {
  const sample = <T>(arbitrary: fc.Arbitrary<T>, seed: number): T[] =>
    fc.sample(arbitrary, { numRuns: 2000, seed });

  test('float4: any bits, each power of two and its neighbours', async () => {
    const bits = new Uint32Array(1);
    const float = new Float32Array(bits.buffer);
    const toText = (value: number): string => {
      bits[0] = value;
      return Object.is(float[0], -0) ? '-0' : String(float[0]);
    };
    const powers = Array.from({ length: 254 }, (_, i) => (i + 1) * 0x800000).flatMap((power) => [
      power - 1,
      power,
      power + 1,
    ]);
    await expectSame(
      selectLiterals('float4', [...sample(fc.nat(0xffffffff), 11), ...powers].map(toText)),
    );
  });

  test('float4: integers', async () => {
    await expectSame(selectLiterals('float4', sample(fc.integer(), 12).map(String)));
  });

  test('float8: any bits', async () => {
    await expectSame(
      selectLiterals(
        'float8',
        sample(fc.double(), 13).map((value) => (Object.is(value, -0) ? '-0' : String(value))),
      ),
    );
  });

  test('int8 of every size', async () => {
    const sizes = fc.tuple(
      fc.integer({ min: 0, max: 62 }),
      fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
    );
    await expectSame(
      selectLiterals(
        'int8',
        sample(sizes, 14).map(([shift, value]) => String(value >> BigInt(shift))),
      ),
    );
  });

  test.each(['numeric(9,3)', 'numeric(15,15)', 'numeric(20,4)', 'numeric(38,17)', 'numeric(38,0)'])(
    '%s of every size',
    async (type) => {
      const [, precision, scale] = /\((\d+),(\d+)\)/.exec(type)!.map(Number) as [
        number,
        number,
        number,
      ];
      const limit = 10n ** BigInt(precision) - 1n;
      const unscaled = fc.tuple(
        fc.integer({ min: 0, max: precision }),
        fc.bigInt({ min: -limit, max: limit }),
      );
      const texts = sample(unscaled, 15).map(
        ([digits, value]) => `${value % 10n ** BigInt(digits)}e-${scale}`,
      );
      await expectSame(selectLiterals(type, texts));
    },
  );

  test('text of any characters', async () => {
    const texts = sample(fc.string({ unit: 'binary', maxLength: 30 }), 16).map((text) =>
      text.replaceAll('\0', ''),
    );
    await expectSame(selectLiterals('text', texts));
  });
});
