/** Statements that are run again: their columns are known, and yet never believed. */
import { connect, type Database, ShardError, SqlError } from '@millrace/engine';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { untilIdle } from '../support/activity.js';
import { askAll } from '../support/ask.js';
import { failureOf } from '../support/eventually.js';
import { startShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const APPLICATION = 'millrace-repeated-slice';
const SQL = 'select * from t order by a';

let servers: Awaited<ReturnType<typeof startShards>>;
let db: Database;

beforeAll(async () => {
  servers = await startShards(2);
  db = await connect({ shards: [...servers.urls], application_name: APPLICATION });
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});
beforeEach(async () => {
  await askAll(
    servers.urls,
    `drop table if exists t; create table t (a int, b text); insert into t values (1, 'x'), (2, null)`,
  );
  for (let i = 0; i < 3; i++) {
    const { rows } = await db.query(SQL, [], UNION);
    expect(rows).toEqual(
      servers.urls.flatMap(() => [
        { a: 1, b: 'x' },
        { a: 2, b: null },
      ]),
    );
  }
});

test.each([
  [
    'has a column more',
    'alter table t add column c numeric(9,2) default 1.5',
    { a: 1, b: 'x', c: '1.50' },
  ],
  ['has a column less', 'alter table t drop column b', { a: 1 }],
  ['has a column of another name', 'alter table t rename column b to z', { a: 1, z: 'x' }],
  ['has a column of another type', 'alter table t alter column a type text', { a: '1', b: 'x' }],
  [
    'has its columns replaced',
    'alter table t drop column a, add column a date default date $$2001-02-03$$',
    { b: 'x', a: new Date(2001, 1, 3) },
  ],
  ['has other rows', "update t set b = 'other'", { a: 1, b: 'other' }],
])('a table that %s', async (_name, change, first) => {
  await askAll(servers.urls, change);
  for (let i = 0; i < 2; i++) {
    const { rows, fields, rowCount } = await db.query(SQL, [], UNION);
    expect(rows[0]).toEqual(first);
    expect([fields.length, rowCount]).toEqual([Object.keys(first).length, 2 * servers.urls.length]);
    const seen: unknown[] = [];
    for await (const batch of db.stream(SQL, [], UNION)) seen.push(...batch.toRows());
    expect(seen).toContainEqual(first);
  }
});

test.each([
  ['gets a column more', 'alter table t add column c int'],
  ['gets a column less', 'alter table t drop column b'],
  ['gets a column of another type', 'alter table t alter column b type varchar(10)'],
  ['loses the table', 'drop table t'],
])('a shard that %s is named, each time', async (_name, change) => {
  await askAll(servers.urls.slice(-1), change);
  for (let i = 0; i < 3; i++) {
    const error = await failureOf<ShardError>(db.query(SQL, [], UNION));
    expect(error).toBeInstanceOf(ShardError);
    expect(error.message).toContain(`Shard 'shard${servers.urls.length - 1}'`);
  }
});

test('a table that is gone everywhere is the statement’s fault', async () => {
  await askAll(servers.urls, 'drop table t');
  const error = await failureOf(db.query(SQL, [], UNION));
  expect(error).toBeInstanceOf(SqlError);
  expect(error.code).toBe('42P01');
});

test('parameters are checked each time, and their types may change', async () => {
  const sql = 'select $1::text as value, $2::int as n';
  for (const [text, n] of [
    ['a', 1],
    [null, null],
    ['ü', -5],
  ]) {
    const { rows } = await db.query(sql, [text, n], UNION);
    expect(rows).toEqual(servers.urls.map(() => ({ value: text, n })));
  }
  expect((await failureOf(db.query(sql, ['a'], UNION))).code).toBe('08P01');
  expect((await failureOf(db.query(sql, ['a', 'b'], UNION))).code).toBe('22P02');
  expect((await db.query(sql, ['again', 2], UNION)).rows).toContainEqual({ value: 'again', n: 2 });
});

test('an error of one shard ends the others, the first time and again', async () => {
  await askAll(servers.urls.slice(-1), 'update t set a = 0 where a = 1');
  const sql =
    'select 10 / a as q, case when a = 2 then pg_sleep(0) else pg_sleep(6 * sign(a)) end from t';
  for (let i = 0; i < 3; i++) {
    const startedAt = performance.now();
    const error = await failureOf<SqlError>(db.query(sql, [], UNION));
    expect(error).toMatchObject({ code: '22012', shard: `shard${servers.urls.length - 1}` });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await untilIdle(servers.urls, APPLICATION, 1_000);
  }
});

test('a statement that fails or is cancelled is as good as new the next time', async () => {
  const sql = 'select pg_sleep($1::float8), $2::int / $2::int as one';
  for (let i = 0; i < 3; i++) {
    const cancelled = await failureOf(db.query(sql, [6, 1], { ...UNION, timeoutMs: 60 }));
    expect(cancelled.name).toBe('TimeoutError');
    expect((await failureOf(db.query(sql, [0, 0], UNION))).code).toBe('22012');
    expect((await db.query(sql, [0, 1], UNION)).rows.map(({ one }) => one)).toEqual(
      servers.urls.map(() => 1),
    );
  }
});
