/** Statements that are wrong, or too much: each has an error that says what and where, and the next one works. */
import {
  ConfigurationError,
  connect,
  type Database,
  SqlError,
  UnsupportedError,
} from '@millrace/engine';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../support/ask.js';
import { failureOf } from '../support/eventually.js';
import { startOwnShards } from '../support/start-shards.js';
import { FLIGHTS, loadFlights, TABLES } from './flights-shards.js';

let servers: Awaited<ReturnType<typeof startOwnShards>>;
let db: Database;

beforeAll(async () => {
  servers = await startOwnShards(2);
  await loadFlights(servers.urls);
  db = await connect({ shards: [...servers.urls], tables: TABLES });
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});
afterEach(async () => {
  expect((await db.query('select count(*) from flights')).rows).toEqual([
    { count: String(FLIGHTS) },
  ]);
});

describe('as PostgreSQL words it', () => {
  test.each([
    'select * form flights',
    "select 'é', * form flights",
    'select nosuch from flights group by 1',
    'select distance, sum(delay) from flights',
    'select * from nosuch',
    'select nosuch(id) from flights',
    "select * from flights where id = 'abc'",
    'select id / 0 from flights',
    'select sum(distance) / 0 from flights',
    'select id from flights order by id limit -1',
  ])('%s', async (sql) => {
    const expected = await failureOf<SqlError>(ask(servers.urls[0] as string, sql));
    const error = await failureOf<SqlError>(db.query(sql));
    expect(error).toBeInstanceOf(SqlError);
    const { message, code, position } = error;
    expect({ message, code, position }).toEqual({
      message: expected.message,
      code: expected.code,
      position: expected.position,
    });
  });
});

describe('too much', () => {
  const list = (count: number, item: (i: number) => string, by: string): string =>
    Array.from({ length: count }, (_, i) => item(i)).join(by);

  test.each([
    [
      '10,000 values in a list',
      `select count(*) from flights where id in (${list(10_000, String, ', ')})`,
      FLIGHTS,
    ],
    [
      '5,000 terms',
      `select count(*) from flights where ${list(5_000, (i) => `id = ${i}`, ' or ')}`,
      FLIGHTS,
    ],
    [
      '3,000 parentheses',
      `select count(*) from flights where ${'('.repeat(3_000)}id >= 0${')'.repeat(3_000)}`,
      FLIGHTS,
    ],
  ])('%s are answered', async (_, sql, count) => {
    expect((await db.query(sql)).rows).toEqual([{ count: String(count) }]);
  });

  test.each([
    ['a sum of 20,000 terms', `select sum(${list(20_000, () => 'id', ' + ')}) from flights`],
    ['50,000 parentheses', `select ${'('.repeat(50_000)}1${')'.repeat(50_000)}`],
  ])('%s: refused by name', async (_, sql) => {
    const error = await failureOf<UnsupportedError>(db.query(sql));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain('nested too deeply');
  });
});

describe('what is not answered', () => {
  test.each([
    ['UPDATE', 'update flights set delay = 0'],
    ['FOR UPDATE', 'select * from flights for update'],
    ['ctid', 'select ctid from flights'],
    ['INTO', 'select * into copy from flights'],
    ['EXPLAIN', 'explain select * from flights'],
  ])('%s', async (clause, sql) => {
    const error = await failureOf<UnsupportedError>(db.query(sql));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error).toMatchObject({ clause });
    expect(error.hint).not.toBe('');
  });

  test('a sequence, which each shard has for itself', async () => {
    const error = await failureOf<UnsupportedError>(db.query("select nextval('s') from flights"));
    expect(error.name).toMatch(/SqlError|UnsupportedError/);
  });

  test('a table that is not listed, and what to add', async () => {
    await ask(servers.urls[0] as string, 'create table unlisted (i int)');
    const error = await failureOf<ConfigurationError>(db.query('select * from unlisted'));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain('"unlisted"');
  });

  test('a key column that there is not, and the columns there are', async () => {
    const wrong = await connect({
      shards: [...servers.urls],
      tables: { flights: { key: 'nokey' } },
    });
    try {
      const error = await failureOf<ConfigurationError>(wrong.query('select * from flights'));
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error.message).toContain('nokey');
      expect(error.message).toContain('origin');
    } finally {
      await wrong.close();
    }
  });

  test.each([[[]], [[1, 2]]])('parameters of another number: %j', async (parameters) => {
    const sql = 'select * from flights where id = $1';
    const error = await failureOf<SqlError>(db.query(sql, parameters));
    expect(error).toMatchObject({ code: '08P01' });
  });
});

test('a table that changes meanwhile is planned anew', async () => {
  const sql = 'select distance, count(*) from flights group by distance order by distance limit 1';
  await db.query(sql);
  for (const url of servers.urls) await ask(url, 'alter table flights rename distance to miles');
  await failureOf<SqlError>(db.query(sql));
  const renamed = sql.replaceAll('distance', 'miles');
  expect((await db.query(renamed)).rows).toEqual([{ miles: 0, count: '80' }]);
  for (const url of servers.urls) await ask(url, 'alter table flights rename miles to distance');
  expect((await db.query(sql)).rows).toEqual([{ distance: 0, count: '80' }]);
});
