/** Servers that are there but answer nothing, as behind a broken network: halted by SIGSTOP, all their processes. */
import type { Cluster, EmbeddedShard } from '@millrace/embedded';
import { CancelledError, connect, type Database, ShardError, TimeoutError } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { allSessionsOf, sessionsOf, untilIdle, untilRunning } from '../support/activity.js';
import { failureOf, within } from '../support/eventually.js';
import { processesOf, signalAll } from '../support/server-processes.js';
import { startOwnShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const APPLICATION = 'millrace-frozen';
/** A cancelled server has five seconds; closing may take as long, and a little more on a busy machine. */
const BOUNDED_MS = 12_000;
const HANG_MS = 30_000;

let cluster: Cluster;
let db: Database;
let halted: number[] = [];

beforeAll(async () => {
  cluster = await startOwnShards(2);
});
afterAll(() => cluster?.stop());
beforeEach(async () => {
  db = await connect({
    shards: [...cluster.urls],
    application_name: APPLICATION,
    connectTimeoutMs: 2_000,
  });
  // Several connections to each shard, so that some are idle whatever happens.
  await Promise.all([1, 2, 3].map(() => db.query('select pg_sleep(0.05)', [], UNION)));
});
afterEach(async () => {
  thaw();
  await within(HANG_MS, 'close', db.close());
});

function freeze(): void {
  halted = processesOf(cluster.shards[1] as EmbeddedShard);
  signalAll(halted, 'SIGSTOP');
}

function thaw(): void {
  signalAll(halted, 'SIGCONT');
  halted = [];
}

test('timeoutMs ends the call in bounded time, and the server is used again when it is back', async () => {
  freeze();
  const call = db.query('select 1', [], { ...UNION, timeoutMs: 200 });
  expect(await failureOf(within(5_000, 'the call', call))).toBeInstanceOf(TimeoutError);
  thaw();
  const { rowCount } = await within(HANG_MS, 'the next', db.query('select 1', [], UNION));
  expect(rowCount).toBe(2);
});

test('a signal ends the call in bounded time', async () => {
  const controller = new AbortController();
  const call = db.query('select pg_sleep(20)', [], { ...UNION, signal: controller.signal });
  const failed = failureOf(within(HANG_MS, 'the call', call));
  await untilRunning(cluster.urls, APPLICATION, /pg_sleep/);
  freeze();
  controller.abort();
  expect(await within(5_000, 'the cancelled call', failed)).toBeInstanceOf(CancelledError);
});

test('a cancel that reaches a session before its statement does is not lost', async () => {
  const before = await allSessionsOf(cluster.urls, APPLICATION);
  const sql = 'select pg_sleep($1)';
  // The second time, the statement is sent whole at once.
  await db.query(sql, [0], UNION);
  // Its server still takes the cancel, and the session hears of it before it has read the statement.
  halted = (await sessionsOf(cluster.urls[1] as string, APPLICATION)).map(({ pid }) => pid);
  signalAll(halted, 'SIGSTOP');
  const call = db.query(sql, [20], { ...UNION, timeoutMs: 100 });
  expect(await failureOf(within(4_000, 'the call', call))).toBeInstanceOf(TimeoutError);
  thaw();
  await untilIdle(cluster.urls, APPLICATION, 2_000);
  expect((await db.query('select 1', [], UNION)).rowCount).toBe(2);
  const pids = (sessions: typeof before): number[] => sessions.map(({ pid }) => pid);
  expect(pids(await allSessionsOf(cluster.urls, APPLICATION))).toEqual(pids(before));
});

test('close does not wait for it, neither for idle sessions nor for a running statement', async () => {
  const failed = failureOf(db.query('select pg_sleep(20)', [], UNION));
  await untilRunning(cluster.urls, APPLICATION, /pg_sleep/);
  freeze();
  await within(BOUNDED_MS, 'close', db.close());
  expect(await failed).toBeInstanceOf(CancelledError);
});

test('close does not wait for it when nothing runs', async () => {
  freeze();
  await within(BOUNDED_MS, 'close', db.close());
});

test('connect gives up after connectTimeoutMs and names it', async () => {
  freeze();
  const options = { shards: [...cluster.urls], connectTimeoutMs: 300 };
  const error = await failureOf<ShardError>(within(BOUNDED_MS, 'connect', connect(options)));
  expect(error).toBeInstanceOf(ShardError);
  expect(error).toMatchObject({ shard: 'shard1', code: 'ETIMEDOUT' });
});
