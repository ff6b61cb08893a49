/** Streams, errors in the middle of them, and leaving them. */
import { connect, type Database, SqlError } from '@millrace/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilIdle } from '../support/activity.js';
import { askAll } from '../support/ask.js';
import { failureOf } from '../support/eventually.js';
import { startShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const APPLICATION = 'millrace-stream-slice';
const ROWS = 3_000;

let servers: Awaited<ReturnType<typeof startShards>>;
let db: Database;

beforeAll(async () => {
  servers = await startShards(3);
  db = await connect({ shards: [...servers.urls], application_name: APPLICATION });
  await askAll(
    servers.urls,
    (shard) => `create table numbers as
      select i::int as n, (i * 7 % 1000)::numeric(9,2) as price, case when i % 3 > 0 then 'row ' || i end as label
      from generate_series(${shard * ROWS + 1}, ${(shard + 1) * ROWS}) i`,
  );
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});

test('a stream has the rows of every shard once, in the shard’s order, each batch named', async () => {
  const sql = 'select * from numbers order by n';
  const seen = new Map<string | undefined, Record<string, unknown>[]>();
  for await (const batch of db.stream(sql, [], UNION)) {
    expect(batch.rowCount).toBeGreaterThan(0);
    seen.set(batch.shard, [...(seen.get(batch.shard) ?? []), ...batch.toRows()]);
  }
  const truth = await askAll(servers.urls, sql);
  expect(seen).toEqual(new Map(truth.map(({ rows }, i) => [`shard${i}`, rows])));
});

test('query has the rows of the shards one after the other', async () => {
  const sql = 'select n, label from numbers where n % $1 = 0 order by n';
  const { rows, rowCount } = await db.query(sql, [10], UNION);
  const expected = (
    await askAll(servers.urls, 'select n, label from numbers where n % 10 = 0 order by n')
  ).flatMap((answer) => answer.rows);
  expect(rows).toEqual(expected);
  expect(rowCount).toBe(expected.length);
});

test('a statement that fails after rows gives its error after those rows, and no end', async () => {
  const sql = 'select 1 / (2900 - n % 3000) as q, n from numbers';
  const read = async (): Promise<void> => {
    for await (const batch of db.stream(sql, [], UNION)) expect(batch.rowCount).toBeGreaterThan(0);
  };
  const error = await failureOf<SqlError>(read());
  expect(error).toBeInstanceOf(SqlError);
  expect(error).toMatchObject({ code: '22012', message: 'division by zero' });
  expect(error.shard).toMatch(/^shard[012]$/);
  await untilIdle(servers.urls, APPLICATION);
});

test('leaving a stream early leaves nothing running, and the next statement sees only its own rows', async () => {
  for (let round = 0; round < 5; round++) {
    for await (const batch of db.stream(
      'select n from numbers, generate_series(1, 200)',
      [],
      UNION,
    )) {
      expect(batch.vectors[0]?.at(0)).toEqual(expect.any(Number));
      break;
    }
    const { rows } = await db.query(`select 'own' as which, ${round} as round`, [], UNION);
    expect(rows).toEqual(servers.urls.map(() => ({ which: 'own', round })));
  }
  await untilIdle(servers.urls, APPLICATION);
});

test('zero rows and zero columns are answers too', async () => {
  const none = await db.query('select n, label from numbers where false', [], UNION);
  expect(none).toMatchObject({ rows: [], rowCount: 0, command: 'SELECT' });
  expect(none.fields.map(({ name }) => name)).toEqual(['n', 'label']);
  const bare = await db.query('select from generate_series(1, 3)', [], UNION);
  expect(bare.rows).toEqual(Array.from({ length: 3 * servers.urls.length }, () => ({})));
  let rowCount = 0;
  for await (const batch of db.stream('select from generate_series(1, 3)', [], UNION))
    rowCount += batch.rowCount;
  expect(rowCount).toBe(3 * servers.urls.length);
});

test('what onProgress is told adds up', async () => {
  const last = new Map<string, { rows: number; bytes: number; done: boolean }>();
  const { rowCount, stats } = await db.query('select n, label from numbers', [], {
    ...UNION,
    onProgress: ({ shard, ...event }) => {
      const before = last.get(shard);
      expect(before?.done ?? false, 'nothing comes after done').toBe(false);
      expect(event.rows).toBeGreaterThanOrEqual(before?.rows ?? 0);
      expect(event.bytes).toBeGreaterThanOrEqual(before?.bytes ?? 0);
      last.set(shard, event);
    },
  });
  expect([...last.values()].every(({ done }) => done)).toBe(true);
  expect(rowCount).toBe([...last.values()].reduce((sum, { rows }) => sum + rows, 0));
  for (const { name, rows, bytes } of stats.shards)
    expect(last.get(name)).toMatchObject({ rows, bytes });
});
