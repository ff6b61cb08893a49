/** Servers that die, or end a session: the shard is named, no result is short, and afterwards all works again. */
import type { Cluster, EmbeddedShard } from '@millrace/embedded';
import { connect, type Database, ShardError } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { sessionsOf, untilIdle, untilRunning } from '../support/activity.js';
import { ask } from '../support/ask.js';
import { failureOf, within } from '../support/eventually.js';
import { killServer, startAgain } from '../support/server-processes.js';
import { startOwnShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const APPLICATION = 'millrace-faults';
const HANG_MS = 30_000;
const LONG = "select generate_series(1, 3000000) as i, repeat('x', 30) as x";

let cluster: Cluster;
let victim: EmbeddedShard;
let db: Database;

beforeAll(async () => {
  cluster = await startOwnShards(2);
  victim = cluster.shards[1] as EmbeddedShard;
  await Promise.all(cluster.urls.map((url) => ask(url, 'create table kept as select 1 as n')));
});
afterAll(() => cluster?.stop());
beforeEach(async () => {
  db = await connect({
    shards: cluster.shards.map(({ url }, i) => ({ url, name: `s${i}` })),
    application_name: APPLICATION,
  });
});

/** Whatever happened, the same database answers again once the server is back. */
afterEach(async () => {
  await startAgain([victim]);
  const { rows } = await within(
    HANG_MS,
    'the next statement',
    db.query('select n from kept', [], UNION),
  );
  expect(rows).toEqual([{ n: 1 }, { n: 1 }]);
  await untilIdle(cluster.urls, APPLICATION);
  await within(HANG_MS, 'close', db.close());
});

/** As by a loss of power: the postmaster and all its processes at once. */
const killAll = (): void => killServer(victim);

function expectVictim(error: Error): void {
  expect(error).toBeInstanceOf(ShardError);
  expect((error as ShardError).shard).toBe('s1');
  expect(error.message).toContain("Shard 's1'");
}

test('killed before the statement', async () => {
  killAll();
  expectVictim(await failureOf(within(HANG_MS, 'the call', db.query('select 1', [], UNION))));
  expectVictim(
    await failureOf(within(HANG_MS, 'the second call', db.query('select 1', [], UNION))),
  );
});

test('killed while it computes', async () => {
  const failed = failureOf(within(HANG_MS, 'the call', db.query('select pg_sleep(20)', [], UNION)));
  await untilRunning(cluster.urls, APPLICATION, /pg_sleep/);
  killAll();
  expectVictim(await failed);
});

test('killed in the middle of its rows: an error, never a short result', async () => {
  let rows = 0;
  const read = async (): Promise<void> => {
    for await (const batch of db.stream(LONG, [], UNION)) {
      if (rows === 0) killAll();
      rows += batch.rowCount;
    }
  };
  expectVictim(await failureOf(within(HANG_MS, 'the stream', read())));
  expect(rows).toBeLessThan(6_000_000);
});

test('its postmaster alone killed in the middle of rows: an error, or all rows', async () => {
  let rows = 0;
  let error: Error | undefined;
  const read = async (): Promise<void> => {
    for await (const batch of db.stream(LONG.replace('3000000', '300000'), [], UNION)) {
      if (rows === 0) victim.kill('SIGKILL');
      rows += batch.rowCount;
    }
  };
  await within(HANG_MS, 'the stream', read()).catch((reason: Error) => {
    error = reason;
  });
  if (error === undefined) expect(rows).toBe(600_000);
  else expectVictim(error);
});

test('killed after its rows have come, while the other shard still sends: nothing is missing', async () => {
  await ask(
    cluster.urls[0] as string,
    'create or replace function pause() returns void language sql as $$ select pg_sleep(2) $$',
  );
  await ask(
    victim.url,
    'create or replace function pause() returns void language sql as $$ select $$',
  );
  let killed = false;
  const { rows } = await within(
    HANG_MS,
    'the call',
    db.query('select n, pause() from kept', [], {
      ...UNION,
      onProgress: ({ shard, done }) => {
        if (shard === 's1' && done && !killed) {
          killed = true;
          killAll();
        }
      },
    }),
  );
  expect(killed).toBe(true);
  expect(rows.map(({ n }) => n)).toEqual([1, 1]);
});

test('shut down and started between statements: nobody notices', async () => {
  await Promise.all([1, 2, 3].map(() => db.query('select pg_sleep(0.05)', [], UNION)));
  await victim.stop('fast');
  await startAgain([victim]);
  const answers = await Promise.all(
    [1, 2, 3, 4].map((i) => db.query(`select ${i} as i`, [], UNION)),
  );
  expect(answers.map(({ rows }) => rows)).toEqual([1, 2, 3, 4].map((i) => [{ i }, { i }]));
});

test('a session ended by an administrator while it is idle: nobody notices', async () => {
  await db.query('select 1', [], UNION);
  await ask(
    victim.url,
    'select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = $1',
    [APPLICATION],
  );
  expect(await sessionsOf(victim.url, APPLICATION)).toEqual([]);
  expect((await db.query('select 1', [], UNION)).rowCount).toBe(2);
});

test('a session ended by an administrator while it works: what the server said is told', async () => {
  const failed = failureOf(within(HANG_MS, 'the call', db.query('select pg_sleep(20)', [], UNION)));
  await untilRunning(cluster.urls, APPLICATION, /pg_sleep/);
  await ask(
    victim.url,
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and state = 'active'",
    [APPLICATION],
  );
  const error = await failed;
  expectVictim(error);
  expect(error.code).toBe('57P01');
  expect(error.message).toContain('terminating connection due to administrator command');
});

test('a statement cancelled by an administrator: the shard and its word', async () => {
  const failed = failureOf(within(HANG_MS, 'the call', db.query('select pg_sleep(20)', [], UNION)));
  await untilRunning(cluster.urls, APPLICATION, /pg_sleep/);
  await ask(
    victim.url,
    "select pg_cancel_backend(pid) from pg_stat_activity where application_name = $1 and state = 'active'",
    [APPLICATION],
  );
  const error = await failed;
  expectVictim(error);
  expect(error.code).toBe('57014');
});

test('connect to a dead shard names it, and closes what it has opened elsewhere', async () => {
  killAll();
  const application = 'millrace-faults-connect';
  const shards = cluster.shards.map(({ url }, i) => ({ url, name: `s${i}` }));
  expectVictim(
    await failureOf(within(HANG_MS, 'connect', connect({ shards, application_name: application }))),
  );
  expect(await sessionsOf(cluster.urls[0] as string, application)).toEqual([]);
});
