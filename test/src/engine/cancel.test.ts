/** Cancels at random moments, and errors that reach all shards: nothing of one statement is seen in the next. */
import {
  CancelledError,
  ConfigurationError,
  connect,
  type Database,
  SqlError,
} from '@millrace/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allSessionsOf, untilIdle, untilRunning } from '../support/activity.js';
import { askAll } from '../support/ask.js';
import { failureOf, within } from '../support/eventually.js';
import { testSeed } from '../support/seed.js';
import { startShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const APPLICATION = 'millrace-cancel';
const HANG_MS = 20_000;
const { seed, below, random } = testSeed();

let servers: Awaited<ReturnType<typeof startShards>>;
let db: Database;

beforeAll(async () => {
  servers = await startShards(3);
  await askAll(
    servers.urls,
    (shard) => `create table failing as select ${shard === 1 ? 0 : 1} as divisor`,
  );
  db = await connect({
    shards: [...servers.urls],
    application_name: APPLICATION,
    connectionsPerShard: 2,
  });
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});

/** What a session has of its own: nothing of an earlier statement. */
const OWN = `select $1::int as own, coalesce(current_setting('my.tag', true), '') as left,
  (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`;

/** One call that is cancelled, or left, or ends first; each row carries `tag`. */
async function disturbed(tag: number): Promise<void> {
  const sql = [
    `select ${tag} as tag, i from generate_series(1, 30000) i`,
    `select ${tag} as tag, pg_sleep(0.02) from generate_series(1, 100)`,
    `select ${tag} as tag, repeat('x', 100000) from generate_series(1, 100)`,
    `select ${tag} as tag`,
    `select ${tag} as tag, set_config('my.tag', '${tag}', false)`,
    `select ${tag} as tag, pg_advisory_lock_shared(${tag})`,
    // Known after its first run: sent whole at once.
    `select $1::int as tag, i from generate_series(1, 3000) i`,
  ][below(7)] as string;
  const parameters = sql.includes('$1') ? [tag] : [];
  const controller = new AbortController();
  const afterMs = below(30);
  const batches = below(6);
  if (random() < 0.2) setImmediate(() => controller.abort());
  else setTimeout(() => controller.abort(), afterMs);
  const options = { ...UNION, signal: controller.signal };
  try {
    if (random() < 0.5) {
      const { rows } = await db.query<{ tag: number }>(sql, parameters, options);
      expect(rows.every((row) => row.tag === tag)).toBe(true);
      return;
    }
    let seen = 0;
    for await (const batch of db.stream(sql, parameters, options)) {
      for (const row of batch.toRows())
        if (row.tag !== tag) throw new Error(`row of ${row.tag} in ${tag}`);
      if (++seen > batches) break;
    }
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
}

test(`1,000 cancels at random moments, two at a time, leave all in order (seed ${seed})`, async () => {
  await Promise.all([
    db.query('select pg_sleep(0.1)', [], UNION),
    db.query('select pg_sleep(0.1)', [], UNION),
  ]);
  const before = (await allSessionsOf(servers.urls, APPLICATION)).map(({ pid }) => pid);
  const lane = async (from: number): Promise<void> => {
    for (let tag = from; tag < 1_000; tag += 2) {
      await within(HANG_MS, `statement ${tag}`, disturbed(tag));
      if (tag % 10 > 1) continue;
      const { rows } = await db.query(OWN, [tag], UNION);
      expect(rows).toEqual(servers.urls.map(() => ({ own: tag, left: '', locks: 0 })));
    }
  };
  await Promise.all([lane(0), lane(1)]);
  await untilIdle(servers.urls, APPLICATION, 1_000);
  const after = (await allSessionsOf(servers.urls, APPLICATION)).map(({ pid }) => pid);
  expect(after, 'the same backends are used on').toEqual(before);
});

test('the first shard that fails ends the statement on the others, within a second', async () => {
  const sql = 'select 1 / divisor, case when divisor > 0 then pg_sleep(8) end from failing';
  const startedAt = performance.now();
  const error = await failureOf<SqlError>(db.query(sql, [], UNION));
  expect(error).toBeInstanceOf(SqlError);
  expect(error.shard).toBe('shard1');
  await untilIdle(servers.urls, APPLICATION, 1_000);
  expect(performance.now() - startedAt).toBeLessThan(6_000);
});

test('a shard that fails while the others stream ends the stream', async () => {
  const sql = `select generate_series(1, 2000000000) / (divisor * 5) as q from failing`;
  const read = async (): Promise<void> => {
    for await (const batch of db.stream(sql, [], UNION)) expect(batch.shard).not.toBe('shard1');
  };
  const error = await failureOf<SqlError>(within(HANG_MS, 'the stream', read()));
  expect(error).toMatchObject({ code: '22012', shard: 'shard1' });
  await untilIdle(servers.urls, APPLICATION, 1_000);
});

test('a transaction that a statement leaves open does not reach the next one', async () => {
  await db.query('begin', [], UNION).catch(() => undefined);
  await db.query('select 1 / 0', [], UNION).catch(() => undefined);
  const { rowCount } = await db.query('select 1', [], UNION);
  expect(rowCount).toBe(servers.urls.length);
  await untilIdle(servers.urls, APPLICATION, 1_000);
});

test('close ends what runs and what waits, each as cancelled, and then answers nothing', async () => {
  const application = 'millrace-close';
  const closing = await connect({
    shards: [...servers.urls],
    connectionsPerShard: 1,
    application_name: application,
  });
  const calls = Array.from({ length: 4 }, () =>
    failureOf(closing.query('select pg_sleep(8)', [], UNION)),
  );
  const stream = closing.stream('select 1', [], UNION);
  const waiting = failureOf(stream.next());
  await untilRunning(servers.urls, application, /pg_sleep/);
  await within(HANG_MS, 'close', closing.close());
  for (const error of await within(HANG_MS, 'the calls', Promise.all([...calls, waiting])))
    expect(error).toBeInstanceOf(CancelledError);
  expect(await allSessionsOf(servers.urls, application)).toEqual([]);
  expect(await failureOf(closing.query('select 1', [], UNION))).toBeInstanceOf(ConfigurationError);
  await closing.close();
});

test('many calls may share a signal without a warning, and all end with it', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): number => warnings.push(warning);
  process.on('warning', note);
  try {
    const controller = new AbortController();
    const calls = Array.from({ length: 30 }, () =>
      failureOf(db.query('select pg_sleep(8)', [], { ...UNION, signal: controller.signal })),
    );
    await untilRunning(servers.urls, APPLICATION, /pg_sleep/);
    controller.abort();
    const errors = await within(HANG_MS, 'the calls', Promise.all(calls));
    expect(errors.every((error) => error instanceof CancelledError)).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  } finally {
    process.off('warning', note);
  }
});
