/** Worker threads that die: their statements end, on the servers too; the thread is replaced; the next call works. */

import type { Worker } from 'node:worker_threads';
import type { Cluster } from '@millrace/embedded';
import { connect, type Database, ShardError } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { allSessionsOf, sessionsOf, untilIdle, untilRunning } from '../support/activity.js';
import { eventually, failureOf, within } from '../support/eventually.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { startOwnShards } from '../support/start-shards.js';
import { crash, livingThreads, withThreadOptions } from '../support/threads.js';

const UNION = { mode: 'union' } as const;
const APPLICATION = 'millrace-dying-threads';
const HANG_MS = 10_000;
const ENDLESS = "select repeat('x', 500), generate_series(1, 2000000000)";

let cluster: Cluster;
let db: Database;

beforeAll(async () => {
  cluster = await startOwnShards(2, { host: 'tcp' });
});
afterAll(() => cluster?.stop());
beforeEach(async () => {
  db = await connect({ shards: [...cluster.urls], threads: 2, application_name: APPLICATION });
});

/** Whatever happened, the next call works, each server has as many sessions as threads know of, and all of them end. */
afterEach(async () => {
  const { rowCount } = await within(HANG_MS, 'the next', db.query('select 1', [], UNION));
  expect(rowCount).toBe(2);
  expect(livingThreads().length).toBe(2);
  await untilIdle(cluster.urls, APPLICATION, 3_000);
  await within(HANG_MS, 'close', db.close());
  await eventually(async () => {
    const left = await allSessionsOf(cluster.urls, APPLICATION);
    return left.length === 0 ? undefined : left;
  }, 5_000);
  expect(livingThreads().length).toBe(0);
});

/** Ends the thread of the second shard. */
const kill = async (): Promise<void> => {
  await livingThreads()[1]?.terminate();
};

function expectLost(error: Error): void {
  expect(error).toBeInstanceOf(ShardError);
  expect(error).toMatchObject({ shard: 'shard1', code: 'MILLRACE_THREAD_LOST' });
}

test('while it is idle: nobody notices', async () => {
  await db.query('select 1', [], UNION);
  await kill();
  expect((await within(HANG_MS, 'the call', db.query('select 1', [], UNION))).rowCount).toBe(2);
});

test('while it is idle, and then nothing but close', async () => {
  await kill();
  const again = db;
  db = await connect({ shards: [...cluster.urls], threads: 2, application_name: APPLICATION });
  await within(HANG_MS, 'close', again.close());
});

test('while it closes', async () => {
  const again = db;
  db = await connect({ shards: [...cluster.urls], threads: 2, application_name: APPLICATION });
  const closing = again.close();
  await livingThreads()[1]?.terminate();
  await within(HANG_MS, 'close', closing);
});

test('again and again, also the one that replaces it before it is ready', async () => {
  for (let i = 0; i < 3; i++) {
    const call = db.query('select 1', [], UNION).catch((error: Error) => error);
    await kill();
    const outcome = await within(HANG_MS, 'the call', call);
    if (outcome instanceof Error) expectLost(outcome);
    else expect(outcome.rowCount).toBe(2);
  }
});

test.each([1, 3])('while its server computes, at its run number %i', async (run) => {
  const sql = 'select pg_sleep($1)';
  for (let i = 1; i < run; i++) await db.query(sql, [0], UNION);
  const failed = failureOf(within(HANG_MS, 'the call', db.query(sql, [25], UNION)));
  await untilRunning(cluster.urls, APPLICATION, /pg_sleep/);
  await kill();
  expectLost(await failed);
  await untilIdle(cluster.urls, APPLICATION, 3_000);
});

test('while it streams', async () => {
  let batches = 0;
  const read = async (): Promise<void> => {
    for await (const { rowCount } of db.stream(ENDLESS, [], UNION)) {
      expect(rowCount).toBeGreaterThan(0);
      if (++batches === 5) await kill();
    }
  };
  expectLost(await failureOf(within(HANG_MS, 'the stream', read())));
});

test('while it cancels', async () => {
  const controller = new AbortController();
  const call = db.query('select pg_sleep(25)', [], { ...UNION, signal: controller.signal });
  const failed = failureOf(within(HANG_MS, 'the call', call));
  await untilRunning(cluster.urls, APPLICATION, /pg_sleep/);
  controller.abort();
  await kill();
  expect(await failed).toMatchObject({ name: 'CancelledError' });
});

test('while many statements run and wait', async () => {
  const outcomes = Array.from({ length: 12 }, (_, i) =>
    db.query('select $1::int as i, pg_sleep(0.3)', [i], UNION).then(
      ({ rows }) => rows.map((row) => (row as { i: number }).i),
      (error: Error) => error,
    ),
  );
  await untilRunning(cluster.urls, APPLICATION, /pg_sleep/);
  await kill();
  let lost = 0;
  for (const [i, outcome] of (await within(HANG_MS, 'all', Promise.all(outcomes))).entries()) {
    if (!(outcome instanceof Error)) expect(outcome).toEqual([i, i]);
    else {
      expectLost(outcome);
      lost++;
    }
  }
  expect(lost).toBeGreaterThan(0);
});

test('while it logs in', async () => {
  const proxy = await FaultProxy.start(cluster.urls[1] as string);
  try {
    proxy.arm({ from: 'server', type: 'R', kind: 'silence' });
    const opening = connect({ shards: [proxy.url], application_name: APPLICATION });
    const failed = failureOf<ShardError>(within(HANG_MS, 'connect', opening));
    await eventually(() => (proxy.struck === 1 ? undefined : proxy.struck), HANG_MS);
    await livingThreads()[2]?.terminate();
    const error = await failed;
    expect(error).toBeInstanceOf(ShardError);
    expect(error).toMatchObject({ shard: 'shard0', code: 'MILLRACE_THREAD_LOST' });
  } finally {
    await proxy.close();
  }
});

test.each(['exit', 'throw', 'memory'] as const)('by its own doing: %s', async (how) => {
  if (how === 'memory') {
    await db.close();
    const limits = { resourceLimits: { maxOldGenerationSizeMb: 48 } };
    db = await withThreadOptions(limits, () =>
      connect({ shards: [...cluster.urls], threads: 2, application_name: APPLICATION }),
    );
  }
  const failed = failureOf(within(HANG_MS, 'the call', db.query('select pg_sleep(25)', [], UNION)));
  await untilRunning(cluster.urls, APPLICATION, /pg_sleep/);
  crash(livingThreads()[1] as Worker, how);
  expectLost(await failed);
});

test('a thread that is replaced serves on as before', async () => {
  await kill();
  await db.query('select 1', [], UNION);
  const before = await sessionsOf(cluster.urls[1] as string, APPLICATION);
  for (let i = 0; i < 5; i++) await db.query('select $1::int', [i], UNION);
  expect(await sessionsOf(cluster.urls[1] as string, APPLICATION)).toMatchObject(
    before.map(({ pid }) => ({ pid })),
  );
});
