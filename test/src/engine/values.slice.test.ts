/** JavaScript values of every kind of column and parameter, against `pg` on the same server. */
import { connect, type Database } from '@millrace/engine';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../support/ask.js';
import { startShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;

/** Type, and values of it as SQL literals. Each column also has a NULL before, between and after. */
const COLUMNS: readonly (readonly [type: string, ...values: string[]])[] = [
  ['boolean', 'true', 'false'],
  ['smallint', '0', '-32768', '32767'],
  ['integer', '-2147483648', '2147483647'],
  ['bigint', '0', '-1', '9007199254740993', '-9223372036854775808', '9223372036854775807'],
  ['oid', '0', '4294967295'],
  ['real', '0.1', '-0', 'NaN', '-Infinity', '3.4028235e38', '1e-45', '16777216'],
  ['double precision', '0.1', '-0', 'NaN', 'Infinity', '5e-324', '1.7976931348623157e308'],
  [
    'numeric',
    '0',
    '-0.00',
    'NaN',
    'Infinity',
    '123456789012345678901234567890.123456789',
    '1e-200',
  ],
  ['numeric(12,2)', '0', '-0.01', '9999999999.99', '7'],
  ['numeric(38,10)', '-1234567890123456789012345678.0123456789', 'NaN', '0.0000000001'],
  ['numeric(50,0)', '99999999999999999999999999999999999999999999999999', '-1'],
  ['numeric(5,-2)', '1234500', '-100'],
  ['text', '', 'plain', 'naïve €', '😀 beyond the plane', 'quote " \\ back', 'line\nend\ttab'],
  ['varchar(20)', '', 'short', '1234567890123456789é'],
  ['char(5)', '', 'ab', 'abcde'],
  ['"char"', 'x', ''],
  ['name', 'a_name'],
  ['bytea', '\\x', '\\x00', '\\xdeadbeef00ff', '\\x5c5c27'],
  ['uuid', '00000000-0000-0000-0000-000000000000', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['date', '2001-02-03', '1999-12-31', '0001-01-01', '4714-11-24 BC', 'infinity', '-infinity'],
  ['time', '00:00:00', '24:00:00', '12:34:56.789012'],
  ['timetz', '12:34:56.789012+05:30', '00:00:00-12'],
  [
    'timestamp',
    '2001-02-03 04:05:06.789999',
    '1969-12-31 23:59:59.999999',
    '0044-03-15 10:00:00 BC',
  ],
  ['timestamp(3)', '2001-02-03 04:05:06.789', 'infinity', '-infinity', '294276-12-31 23:59:59'],
  [
    'timestamptz',
    '2001-02-03 04:05:06.789999+02',
    '1969-12-31 23:59:59.999+00',
    '1883-11-18 12:00:00+00',
  ],
  ['timestamptz(0)', 'infinity', '-infinity', '0099-06-01 00:00:00+00', '12345-01-01 00:00:00+00'],
  ['interval', '0', '1 year 2 mons -3 days', '-00:00:00.5', '04:05:06.789', '1 day -1 hour'],
  ['json', 'null', '{"a": [1, 2.5, "x", null, {"b": true}]}', '1e400', '"text"'],
  ['jsonb', '{}', '{"z": 1, "a": "é"}', '[1, [2, [3]]]', '12345678901234567890'],
  ['point', '(1.5,-2)', '(NaN,Infinity)'],
  ['circle', '<(1,2),3>'],
  ['inet', '192.168.0.1/24', '::1'],
  ['macaddr', '08:00:2b:01:02:03'],
  ['bit(4)', '1010'],
  ['varbit', '', '110'],
  ['money', '12.34', '-5'],
  ['xml', '<a>1</a>'],
  ['tsvector', "'a':1 'b':2"],
  ['int4range', '[1,5)', 'empty', '(,)'],
  ['integer[]', '{}', '{1,NULL,-3}', '{{1,2},{3,4}}', '[0:1]={7,8}'],
  ['bigint[]', '{9223372036854775807,NULL}'],
  ['text[]', '{a,"b c",NULL,"NULL","q\\"\\\\"}', '{}'],
  ['boolean[]', '{t,f,NULL}'],
  ['numeric[]', '{1.50,NaN}'],
  ['double precision[]', '{0.1,NaN,-Infinity}'],
  ['timestamptz[]', '{"2001-02-03 04:05:06+00",NULL}'],
  ['date[]', '{2001-02-03}'],
  ['bytea[]', '{"\\\\xdead"}'],
  ['jsonb[]', '{"{\\"a\\": 1}"}'],
  ['uuid[]', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'],
  ['regclass', 'pg_class'],
  ['pg_lsn', '16/B374D848'],
];

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function valuesOf([type, ...values]: readonly [string, ...string[]]): string {
  const rows = [null, ...values.flatMap((value) => [value, null])].map(
    (value, i) => `(${i}, ${value === null ? 'null' : `${literal(value)}::${type}`})`,
  );
  return `select value::${type} as value from (values ${rows.join(', ')}) v (i, value) order by i`;
}

let servers: Awaited<ReturnType<typeof startShards>>;
let db: Database;
let url: string;

beforeAll(async () => {
  servers = await startShards(2);
  url = servers.urls[0] as string;
  db = await connect({ shards: [...servers.urls] });
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});

/** The statement by `pg` on the first shard, as rows of one shape. */
async function byPg(sql: string, values: unknown[], rowMode: 'object' | 'array') {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const config = { text: sql, values, ...(rowMode === 'array' && { rowMode }) };
    return (await client.query(config as pg.QueryConfig)) as pg.QueryResult<object>;
  } finally {
    await client.end();
  }
}

/** The statement by the engine: every shard answers the same, so the first half is the first shard's. */
async function byEngine(sql: string, values: unknown[], rowMode: 'object' | 'array') {
  const result = await db.query<object>(sql, values, { ...UNION, rowMode });
  const half = result.rows.length / servers.urls.length;
  return {
    ...result,
    shards: servers.urls.map((_, i) => result.rows.slice(i * half, (i + 1) * half)),
  };
}

describe.each(['object', 'array'] as const)('values of rows as %ss', (rowMode) => {
  test.each(COLUMNS)('%s is what pg makes of it', async (...column) => {
    const sql = valuesOf(column as [string, ...string[]]);
    const [expected, actual] = await Promise.all([
      byPg(sql, [], rowMode),
      byEngine(sql, [], rowMode),
    ]);
    for (const rows of actual.shards) expect(rows).toStrictEqual(expected.rows);
    expect(actual.fields).toEqual(expected.fields.map((field) => ({ ...field })));
  });
});

test('-0 keeps its sign, which an equality of numbers would not show', async () => {
  const { rows } = await byEngine(
    "select '-0'::float8 as double, '-0'::real as single",
    [],
    'object',
  );
  expect(rows.every((row) => Object.values(row).every((value) => Object.is(value, -0)))).toBe(true);
});

/** What a value is sent as, and comes back as. */
const PARAMETERS: readonly (readonly [name: string, type: string, value: unknown])[] = [
  ['a whole number', 'int', 42],
  ['a fraction', 'float8', 0.1],
  ['NaN', 'float8', Number.NaN],
  ['-Infinity', 'float8', Number.NEGATIVE_INFINITY],
  ['a bigint', 'int8', 9223372036854775807n],
  ['a text', 'text', 'naïve "quoted" \\ 😀'],
  ['an empty text', 'text', ''],
  ['true', 'bool', true],
  ['false', 'text', false],
  ['null', 'int', null],
  ['undefined', 'text', undefined],
  ['a Date', 'timestamptz', new Date(981173106789)],
  ['a Date as timestamp', 'timestamp', new Date(981173106789)],
  ['a Date before Christ', 'timestamptz', new Date(-63_000_000_000_000)],
  ['a Buffer', 'bytea', Buffer.from([0, 1, 255, 92, 39])],
  ['an empty Buffer', 'bytea', Buffer.alloc(0)],
  ['a typed array', 'bytea', new Uint8Array([1, 0, 2])],
  [
    'a view into larger memory',
    'bytea',
    new Uint8Array(Uint8Array.from([1, 2, 3, 4]).buffer, 1, 2),
  ],
  ['an array of numbers', 'int[]', [1, null, 3, undefined]],
  ['an array of texts', 'text[]', ['a', 'b"c', 'd\\e', 'NULL', '']],
  [
    'nested arrays',
    'int[]',
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ['an empty array', 'text[]', []],
  ['an array of Buffers', 'bytea[]', [Buffer.from('x')]],
  ['an object', 'jsonb', { a: [1, 'x', null], b: { c: true } }],
  ['an object with its own form', 'text', { toPostgres: () => 'its own form' }],
  ['a large text', 'text', 'x'.repeat(200_000)],
];

test.each(PARAMETERS)('the parameter %s arrives as by pg', async (_name, type, value) => {
  const sql = `select $1::${type} as value, $1::${type} is null as absent, $2::int as other`;
  const [expected, actual] = await Promise.all([
    byPg(sql, [value, 7], 'object'),
    byEngine(sql, [value, 7], 'object'),
  ]);
  for (const rows of actual.shards) expect(rows).toStrictEqual(expected.rows);
});

test('dates and timestamps follow the time zone of this process, as in pg', async () => {
  const before = process.env.TZ;
  const instants = `select t, t::timestamp as local, t::date as day from unnest(array[
    '2024-03-10 02:30:00', '2024-11-03 01:30:00', '1900-01-01 00:00:00', '0001-01-01 00:00:00',
    '0099-12-31 23:59:59.999', '2024-02-29 12:00:00.5', '1945-08-14 18:59:59']::timestamp[]) with ordinality u (t, i) order by i`;
  try {
    for (const zone of ['America/New_York', 'Asia/Kolkata', 'Pacific/Apia', 'UTC']) {
      process.env.TZ = zone;
      const [expected, actual] = await Promise.all([
        byPg(instants, [], 'object'),
        byEngine(instants, [], 'object'),
      ]);
      expect(actual.shards[0], zone).toStrictEqual(expected.rows);
    }
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
});

test('rows of half a megabyte and of nothing follow each other', async () => {
  const sql = `select i, case when i % 2 = 0 then repeat(md5(i::text), 16000) end as wide
    from generate_series(1, 6) i`;
  const [expected, actual] = await Promise.all([ask(url, sql), byEngine(sql, [], 'object')]);
  for (const rows of actual.shards) expect(rows).toStrictEqual(expected.rows);
});
