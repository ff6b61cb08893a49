/** What `pg` reports of a statement, and shapes of results that are seldom seen. */
import { connect, type Database, UnsupportedError } from '@millrace/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, askAll, askArrays } from '../support/ask.js';
import { failureOf } from '../support/eventually.js';
import { testSeed } from '../support/seed.js';
import { startShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const { seed, random } = testSeed();

let servers: Awaited<ReturnType<typeof startShards>>;
let db: Database;

beforeAll(async () => {
  servers = await startShards(3);
  db = await connect({ shards: [...servers.urls] });
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});

/** The statement's columns and answer by `pg` on every shard, put together. */
async function byPg(sql: string) {
  const answers = await askAll(servers.urls, sql);
  const counts = answers.map(({ rowCount }) => rowCount);
  return {
    rows: answers.flatMap(({ rows }) => rows),
    rowCount: counts.every((count) => count === null)
      ? null
      : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0),
    command: answers[0]?.command,
    fields: answers[0]?.fields.map((field) => ({ ...field })),
  };
}

/** Statements as a program runs them one after the other: each by `pg` in a schema of its own, and by the engine. */
const COMMANDS = [
  'create table c (a int primary key, b varchar(8), c numeric(9,2))',
  "insert into c select i, 'row' || i, i / 3.0 from generate_series(1, 5) i",
  "insert into c values (6, 'six', 6) returning a, b, c * 2 as twice",
  'select * from c order by a',
  'select a, b as a, c as b from c order by c.a limit 2',
  'update c set c = c + 1 where a > 2 returning a',
  'update c set b = b where false',
  'delete from c where a = 1',
  'select count(*), sum(c) from c',
  'values (1, $$x$$), (2, null)',
  'table c',
  'with w as (select 1 as one) select * from w',
  'create table d as select * from c',
  'select from c',
  "set work_mem = '5MB'",
  'show work_mem',
  'explain (costs off) select 1',
  'truncate d',
  'drop table d',
  'vacuum c',
  'do $$ begin perform 1; end $$',
  "comment on table c is 'x'",
];

const inOwnTables = (sql: string, owner: string): string =>
  sql
    .replace(/\b(table|into|from|update|truncate|vacuum) ([cd])\b/g, `$1 ${owner}_$2`)
    .replace(' c.a', ` ${owner}_c.a`);

test('rows, rowCount, command and fields are what pg gives', async () => {
  for (const sql of COMMANDS) {
    const expected = await byPg(inOwnTables(sql, 'pg'));
    const actual = await db.query(inOwnTables(sql, 'our'), [], UNION);
    const withoutTable = (fields: readonly object[] | undefined) =>
      fields?.map((field) => ({ ...field, tableID: 0 }));
    if (sql !== 'show work_mem') expect(actual.rows, sql).toEqual(expected.rows);
    expect([actual.rowCount, actual.command], sql).toEqual([expected.rowCount, expected.command]);
    expect(withoutTable(actual.fields), sql).toEqual(withoutTable(expected.fields));
  }
});

describe('columns', () => {
  test('of the same name: the last one is in the object, all are in the array', async () => {
    const sql = 'select 1 as a, 2 as b, null as a, 3 as a, 4 as "constructor", 5 as "toString"';
    const { rows } = await db.query(sql, [], UNION);
    expect(rows[0]).toStrictEqual((await ask(servers.urls[0] as string, sql)).rows[0]);
    const arrays = await db.query(sql, [], { ...UNION, rowMode: 'array' });
    expect(arrays.rows[0]).toEqual([1, 2, null, 3, 4, 5]);
  });

  test('named __proto__ is a column like any other', async () => {
    const { rows } = await db.query('select 7 as "__proto__", 8 as a', [], UNION);
    const row = rows[0] as object;
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect(Object.entries(row)).toEqual([
      ['__proto__', 7],
      ['a', 8],
    ]);
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });

  test('with every kind of character in the name', async () => {
    const names = [
      '',
      'a"b',
      "it's",
      'back\\slash',
      'new\nline',
      '\u2028',
      '$' + '{x}',
      '`',
      '😀',
      '1',
      '01',
    ];
    const list = names
      .filter((name) => name !== '')
      .map((name, i) => `${i} as "${name.replaceAll('"', '""')}"`);
    const sql = `select ${list.join(', ')}`;
    const { rows } = await db.query(sql, [], UNION);
    expect(rows[0]).toStrictEqual((await ask(servers.urls[0] as string, sql)).rows[0]);
  });

  test.each([255, 300, 1_600])('%i of them', async (count) => {
    const types = ['int', 'text', 'float8', 'numeric(9,2)'];
    const columns = Array.from({ length: count }, (_, i) =>
      i % 7 === 3 ? `null::text as c${i}` : `(i + ${i})::${types[i % types.length]} as c${i}`,
    );
    const sql = `select ${columns.join(', ')} from generate_series(1, 40) i`;
    expect((await db.query(sql, [], UNION)).rows).toEqual((await byPg(sql)).rows);
    const [truth, arrays] = await Promise.all([
      askArrays(servers.urls[0] as string, sql),
      db.query(sql, [], { ...UNION, rowMode: 'array' }),
    ]);
    expect(arrays.rows.slice(0, 40)).toEqual(truth);
  });
});

test('enum types of the same name agree, whatever their OIDs', async () => {
  await askAll(
    servers.urls,
    (shard) =>
      `${"create type filler as enum ('x'); drop type filler;".repeat(shard)}
     create type mood as enum ('sad', 'glad'); create table moods (m mood, ms mood[]);
     insert into moods values ('glad', '{sad,glad}');`,
  );
  const oids = await askAll(servers.urls, "select 'mood'::regtype::oid as oid");
  expect(new Set(oids.map(({ rows }) => rows[0]?.oid)).size).toBe(servers.urls.length);
  const { rows } = await db.query('select m from moods', [], UNION);
  expect(rows).toEqual(servers.urls.map(() => ({ m: 'glad' })));
  expect((await db.query('select ms from moods', [], UNION)).rowCount).toBe(servers.urls.length);
});

describe('types', () => {
  const sql = `select 9007199254740991::int8 as i, 1.50::numeric(9,2) as d, 2.5::numeric as n,
    date '2001-02-03' as day, timestamp '2001-02-03 04:05:06.789012' as t, timestamptz '2001-02-03 04:05:06+00' as z`;
  const chosen = {
    int8: 'bigint',
    numeric: 'number',
    date: 'string',
    timestamp: 'string',
    timestamptz: 'bigint',
  } as const;
  const better = {
    i: 9007199254740991n,
    d: 1.5,
    n: 2.5,
    day: '2001-02-03',
    t: '2001-02-03T04:05:06.789012',
    z: 981173106000000n,
  };

  test('chosen for a call, for a connection, and for a call over a connection', async () => {
    expect((await db.query(sql, [], { ...UNION, types: chosen })).rows[0]).toEqual(better);
    expect((await db.query(sql, [], UNION)).rows[0]?.i).toBe('9007199254740991');
    const other = await connect({ shards: [...servers.urls], types: chosen });
    try {
      expect((await other.query(sql, [], UNION)).rows[0]).toEqual(better);
      const mixed = await other.query(sql, [], {
        ...UNION,
        types: { int8: 'number', date: 'date' },
      });
      expect(mixed.rows[0]).toEqual({ ...better, i: 9007199254740991, day: new Date(2001, 1, 3) });
      for await (const batch of other.stream(sql, [], UNION))
        expect(batch.toRows()).toEqual([better]);
    } finally {
      await other.close();
    }
  });

  test('int8 as number refuses what a number does not hold, and nothing is left running', async () => {
    const wide = 'select 9007199254740993::int8 as wide from generate_series(1, 100000)';
    const error = await failureOf(db.query(wide, [], { ...UNION, types: { int8: 'number' } }));
    expect(error.message).toContain('9007199254740993');
    expect((await db.query('select 1 as one', [], UNION)).rowCount).toBe(servers.urls.length);
  });
});

test(`random reals have the digits that PostgreSQL writes (seed ${seed})`, async () => {
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  const reals = Array.from({ length: 20_000 }, (_, i) => {
    bits[0] = i < 255 ? i << 23 : i < 1_000 ? i : Math.floor(random() * 0x7f800000);
    return float[0] as number;
  });
  const sql = 'select x as value, x::text::float8 as written from unnest($1::real[]) x';
  const { rows } = await db.query(sql, [reals], UNION);
  expect(rows.filter(({ value, written }) => value !== written).slice(0, 10)).toEqual([]);
});

test('a real whose shortest decimal lies hard by the middle to its neighbour', async () => {
  const sql = 'select x as value, x::text::float8 as written from unnest($1::real[]) x';
  const { rows } = await db.query(sql, [[6.7783186e29, -6.7783186e29]], UNION);
  expect(rows[0]).toEqual({ value: 6.778319e29, written: 6.778319e29 });
  expect(rows.filter(({ value, written }) => value !== written)).toEqual([]);
});

describe('one database', () => {
  test('of one shard answers as it is', async () => {
    const one = await connect({ shards: [servers.urls[0] as string] });
    try {
      const sql = 'select count(*) as n from generate_series(1, 10)';
      expect((await one.query(sql)).rows).toEqual([{ n: '10' }]);
      expect((await one.arrow(sql)).numRows).toBe(1);
      for await (const batch of one.stream(sql)) expect(batch.shard).toBe('shard0');
    } finally {
      await one.close();
    }
  });

  test('of several refuses what is no SELECT by every call, and says what works', async () => {
    const sql = 'create table never (i int)';
    const read = async (): Promise<void> => {
      for await (const _ of db.stream(sql)) expect.unreachable();
    };
    for (const call of [db.query(sql), db.arrow(sql), read()]) {
      const error = await failureOf<UnsupportedError>(call);
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error).toMatchObject({ code: 'MILLRACE_UNSUPPORTED', clause: 'CREATE' });
      expect(error.hint).toContain("mode: 'union'");
    }
  });
});
