/** Dates and timestamps in several time zones of the process: those of the real `pg`, and what the choices promise. */
import { type Cluster, startCluster } from '@millrace/embedded';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openConnection } from '../open-connection.js';
import type { PostgresConnection } from '../postgres-connection.js';
import { addressOf, runSql, selectLiterals } from '../testing/run-sql.js';

const ownZone = process.env.TZ;
let cluster: Cluster;
let connection: PostgresConnection;
let client: pg.Client;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
  connection = await openConnection(addressOf(cluster.urls[0]!));
  client = new pg.Client(cluster.urls[0]);
  await client.connect();
});

afterEach(() => {
  if (ownZone === undefined) delete process.env.TZ;
  else process.env.TZ = ownZone;
});

afterAll(async () => {
  await client?.end();
  await connection?.close();
  await cluster?.stop();
});

const DATES = [
  ...['1970-01-01', '1969-12-31', '2000-01-01', '2024-02-29', '0001-01-01', '0001-12-31 BC'],
  ...['0004-02-29', '0050-06-01', '0099-12-31', '0100-01-01', '0001-02-28 BC', '0005-02-28 BC'],
  ...[
    '4713-01-01 BC',
    '9999-12-31',
    '10000-01-01',
    '275760-09-12',
    '300000-01-01',
    '5874897-12-31',
  ],
  ...[
    'infinity',
    '-infinity',
    '1883-11-18',
    '2011-12-30',
    '2024-03-10',
    '2024-11-03',
    '1900-02-28',
  ],
];

const TIMES = [
  ...['00:00:00', '00:00:00.000001', '00:00:00.001', '02:30:00', '12:34:56.789', '23:59:59.999999'],
];

/** Every date at every time of day, some of them in gaps and overlaps of daylight saving. */
const TIMESTAMPS = DATES.flatMap((date) => {
  if (date.includes('infinity') || date.startsWith('5874897') || date.startsWith('300000'))
    return [];
  const [day, era] = date.split(' ');
  return TIMES.map((time) => `${day} ${time}${era ? ` ${era}` : ''}`);
}).concat('infinity', '-infinity', '294276-12-31 23:59:59.999999', '294246-12-31 00:00:00');

const RANDOM = fc
  .sample(fc.bigInt({ min: -62_135_596_800_000_000n, max: 4_102_444_800_000_000n }), {
    numRuns: 500,
    seed: 21,
  })
  .map((micros) => {
    const ms = (micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n;
    const text = new Date(Number(ms)).toISOString().slice(0, -1);
    return `${text}${String(micros - ms * 1000n).padStart(3, '0')}`;
  });

async function expectSame(type: string, literals: readonly string[]): Promise<void> {
  const sql = selectLiterals(type, [...literals, null]);
  const theirs = (await client.query({ text: sql, rowMode: 'array' })).rows as unknown[][];
  const ours = (await runSql(connection, sql)).values();
  const named = (rows: unknown[][]) => rows.map(([value], i) => [literals[i], value]);
  expect(named(ours)).toStrictEqual(named(theirs));
}

const ZONES = [
  ['UTC', 0],
  ['America/New_York', 300],
  ['Europe/London', 0],
  ['Asia/Kolkata', -330],
  ['Australia/Lord_Howe', -660],
  ['Pacific/Apia', -780],
  ['America/St_Johns', 210],
] as const;

describe.each(ZONES)('in the zone %s values are those of pg', (zone, offsetMinutes) => {
  test.each([
    ['date', DATES],
    ['timestamp', TIMESTAMPS],
    ['timestamptz', TIMESTAMPS],
    ['timestamp', RANDOM],
    ['timestamptz', RANDOM],
    ['date', RANDOM.map((text) => text.slice(0, 10))],
  ] as const)('%s', async (type, literals) => {
    process.env.TZ = zone;
    expect(new Date(2024, 0, 15).getTimezoneOffset(), 'the zone is in effect').toBe(offsetMinutes);
    await expectSame(type, literals);
  });
});

describe('every millisecond of a second is that of pg', () => {
  test.each(['1969-07-20 20:17:40', '2024-02-29 12:00:00'])('after %s', async (second) => {
    const texts = Array.from(
      { length: 1000 },
      (_, ms) => `${second}.${String(ms).padStart(3, '0')}`,
    );
    await expectSame('timestamptz', texts);
    await expectSame('timestamp', texts);
  });
});

async function chosen(type: string, choices: object, literals: readonly (string | null)[]) {
  const rows = (await runSql(connection, selectLiterals(type, literals))).values(choices);
  return rows.map(([value]) => value);
}

describe('choices', () => {
  test('date as string: as PostgreSQL writes it', async () => {
    const written = DATES.concat('0000-01-01'.replace('0000', '0001'));
    expect(await chosen('date', { date: 'string' }, [...written, null])).toEqual([
      ...written,
      null,
    ]);
  });

  test('dates as strings, over five thousand years a day apart and more, equal the text of the server', async () => {
    const sql =
      "select d, d::text from (select '4714-11-24 BC'::date + i * 997 as d from generate_series(0, 5000) i) t";
    const rows = (await runSql(connection, sql)).values({ date: 'string' });
    expect(rows.map(([date]) => date)).toEqual(rows.map(([, text]) => text));
  });

  test('timestamp as string: ISO 8601 without a zone, six digits, BC where it is', async () => {
    const literals = [
      '2024-02-29 12:34:56.7',
      '0044-03-15 12:00:00 BC',
      '1969-12-31 23:59:59.999999',
    ];
    expect(
      await chosen('timestamp', { timestamp: 'string' }, [
        ...literals,
        'infinity',
        '-infinity',
        null,
      ]),
    ).toEqual([
      '2024-02-29T12:34:56.700000',
      '0044-03-15T12:00:00.000000 BC',
      '1969-12-31T23:59:59.999999',
      'infinity',
      '-infinity',
      null,
    ]);
  });

  test('timestamptz as string: in UTC, whatever zone the process or the session has', async () => {
    process.env.TZ = 'Asia/Kolkata';
    expect(
      await chosen('timestamptz', { timestamptz: 'string' }, ['2024-02-29 12:00:00+05:30', null]),
    ).toEqual(['2024-02-29T06:30:00.000000Z', null]);
  });

  test('timestamps as strings, to the last of PostgreSQL, equal the text of the server', async () => {
    const sql = `select t, to_char(t, 'FMYYYY-MM-DD"T"HH24:MI:SS.US') || case when extract(year from t) < 0 then ' BC' else '' end
      from (select '4714-11-24 00:00:00 BC'::timestamp + i * interval '7919 hours 13.000007 seconds' as t from generate_series(0, 3000) i
        union all select '294276-12-31 23:59:59.999999' union all select '294247-01-10 04:00:54.775806' union all select '294247-01-10 04:00:54.775809') x`;
    const rows = (await runSql(connection, sql)).values({ timestamp: 'string' });
    const padded = rows.map(([, text]) =>
      (text as string).replace(/^\d+/, (year) => year.padStart(4, '0')),
    );
    expect(rows.map(([time]) => time)).toEqual(padded);
  });

  test('timestamps as bigint: microseconds since 1970, the infinities the extremes', async () => {
    const literals = [
      '1970-01-01 00:00:01',
      '1969-12-31 23:59:59.999999',
      'infinity',
      '-infinity',
      null,
    ];
    const expected = [1_000_000n, -1n, 2n ** 63n - 1n, -(2n ** 63n), null];
    expect(await chosen('timestamp', { timestamp: 'bigint' }, literals)).toEqual(expected);
    expect(await chosen('timestamptz', { timestamptz: 'bigint' }, literals)).toEqual(expected);
  });

  test('timestamps as bigint past the year 294246 are the microseconds, not what wrapped around', async () => {
    const literals = ['294246-12-31 23:59:59', '294276-12-31 23:59:59.999999', '-infinity', null];
    const expected = [9_223_371_244_799_000_000n, 9_224_318_015_999_999_999n, -(2n ** 63n), null];
    expect(await chosen('timestamp', { timestamp: 'bigint' }, literals)).toEqual(expected);
  });

  test('each type has its own choice', async () => {
    const sql = "select '2024-01-01'::timestamp, '2024-01-01'::timestamptz, '2024-01-01'::date";
    const [row] = (await runSql(connection, sql)).values({ timestamp: 'string' });
    expect(row).toEqual([
      '2024-01-01T00:00:00.000000',
      new Date(Date.UTC(2024, 0, 1)),
      new Date(2024, 0, 1),
    ]);
  });
});

describe('choices of numbers', () => {
  test('int8 as bigint, string and number', async () => {
    const literals = ['-9007199254740991', '0', '9007199254740991', null];
    const numbers = [-9007199254740991, 0, 9007199254740991, null];
    expect(await chosen('int8', { int8: 'number' }, literals)).toEqual(numbers);
    expect(await chosen('int8', { int8: 'string' }, literals)).toEqual(literals);
    expect(await chosen('int8', { int8: 'bigint' }, literals)).toEqual(
      literals.map((text) => (text === null ? null : BigInt(text))),
    );
  });

  test.each([
    '9007199254740992',
    '-9007199254740992',
    '9223372036854775807',
    '-9223372036854775808',
  ])('int8 as number throws on %s, which is not safe', async (text) => {
    await expect(chosen('int8', { int8: 'number' }, ['1', text])).rejects.toThrow(
      `Column "v": the integer ${text} is not safe as a number: choose int8: 'bigint' or 'string'`,
    );
  });

  test.each(['numeric(12,2)', 'numeric(38,0)', 'numeric(38,20)', 'numeric(38,38)', 'numeric'])(
    '%s as number is the nearest double',
    async (type) => {
      const fractions = ['0', '0.1', '-0.3', '0.99', 'NaN', '0.123456789012345678901234567890'];
      const wide = type === 'numeric(38,38)' ? [] : ['12345678.91', '-99999.99', '9007199.25'];
      const literals = [...fractions, ...wide];
      const texts = await chosen(type, { numeric: 'string' }, [...literals, null]);
      expect(await chosen(type, { numeric: 'number' }, [...literals, null])).toEqual(
        texts.map((text) => (text === null ? null : Number(text))),
      );
    },
  );
});

describe('choices of what travels as text', () => {
  test('interval and json as string: the text of the server, whatever the value', async () => {
    const intervals = ['1 year 2 mons -3 days +04:05:06.789', '00:00:00', null];
    expect(await chosen('interval', { interval: 'string' }, intervals)).toEqual(intervals);
    const documents = ['{"a" : 1.50}', '12345678901234567890', '"x"', 'null', null];
    expect(await chosen('json', { json: 'string' }, documents)).toEqual(documents);
    expect(await chosen('jsonb', { json: 'string' }, ['{"b":1.50,"a":1}', null])).toEqual([
      '{"a": 1, "b": 1.50}',
      null,
    ]);
  });

  test.each([
    ['int8[]', { int8: 'bigint' }, '{1,NULL,-9223372036854775808}', [1n, null, -(2n ** 63n)]],
    [
      'int8[]',
      { int8: 'number' },
      '{{1,2},{3,4}}',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['numeric[]', { numeric: 'string' }, '{1.10,NULL,NaN}', ['1.10', null, 'NaN']],
    ['numeric[]', { numeric: 'number' }, '{1.10,Infinity}', [1.1, Infinity]],
    ['date[]', { date: 'string' }, '{0044-03-15 BC,infinity}', ['0044-03-15 BC', 'infinity']],
    [
      'timestamp[]',
      { timestamp: 'string' },
      '{2024-02-29 12:00,NULL}',
      ['2024-02-29T12:00:00.000000', null],
    ],
    [
      'timestamp[]',
      { timestamp: 'bigint' },
      '[0:1]={1970-01-01 00:00:01,-infinity}',
      [1_000_000n, -(2n ** 63n)],
    ],
    [
      'timestamptz[]',
      { timestamptz: 'string' },
      '{1883-11-18 12:00:00+05:30}',
      ['1883-11-18T06:30:00.000000Z'],
    ],
    ['timestamptz[]', { timestamptz: 'bigint' }, '{1970-01-01 00:00:00-08}', [28_800_000_000n]],
    ['interval[]', { interval: 'string' }, '{"1 day 02:00:00",NULL}', ['1 day 02:00:00', null]],
    ['jsonb[]', { json: 'string' }, '{"{\\"a\\": 1}",NULL}', ['{"a": 1}', null]],
    ['int8[]', { int8: 'bigint' }, '{}', []],
  ] as const)('%s by %j: %s', async (type, choices, text, value) => {
    expect(await chosen(type, choices, [text, null])).toEqual([value, null]);
  });

  test('an unsafe integer in an array is refused as one alone is', async () => {
    await expect(chosen('int8[]', { int8: 'number' }, ['{1,9007199254740993}'])).rejects.toThrow(
      /Column "v".*9007199254740993/,
    );
  });

  test('an explicit default is what pg gives', async () => {
    const literals = ['{1.10}', null];
    expect(await chosen('numeric[]', {}, literals)).toEqual([[1.1], null]);
    expect(await chosen('json', { json: 'value' }, ['[1]'])).toEqual([[1]]);
    expect(await chosen('interval', { interval: 'object' }, ['1 day'])).toMatchObject([
      { days: 1 },
    ]);
  });
});
