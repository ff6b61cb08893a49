/** A worker thread that dies takes its shard's part of the transaction with it: an error, and never half a transaction. */
import type { Cluster } from '@millrace/embedded';
import { type CommitError, ParallelConnection, ShardError } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { untilRunning } from '../support/activity.js';
import { askAll } from '../support/ask.js';
import { failureOf, within } from '../support/eventually.js';
import { startOwnShards } from '../support/start-shards.js';
import { livingThreads } from '../support/threads.js';

const APPLICATION = 'millrace-faces-threads';
const HANG_MS = 20_000;

let servers: Cluster;
let pdb: ParallelConnection;

beforeAll(async () => {
  servers = await startOwnShards(2);
  await askAll(servers.urls, 'create table t (n int)');
});
afterAll(() => servers?.stop());
beforeEach(async () => {
  pdb = await ParallelConnection.connect(servers.urls, {
    threads: 2,
    application_name: APPLICATION,
  });
  await pdb.cursor().execute('insert into t values (1)');
});

/** Nothing of it is committed anywhere, and after the rollback life goes on. */
afterEach(async () => {
  await within(HANG_MS, 'rollback', pdb.rollback());
  const c = pdb.cursor();
  await within(HANG_MS, 'the next', c.execute('select count(*)::int from t'));
  expect(await c.fetchall()).toEqual([[0], [0]]);
  await within(HANG_MS, 'close', pdb.close());
  expect(livingThreads()).toEqual([]);
});

/** Ends the thread of the second shard. */
const kill = async (): Promise<void> => {
  await livingThreads()[1]?.terminate();
};

test('while nothing runs: the next statement says so', async () => {
  await kill();
  const error = await within(
    HANG_MS,
    'the call',
    failureOf<ShardError>(pdb.cursor().execute('select 1')),
  );
  expect(error).toBeInstanceOf(ShardError);
  expect(error.shard).toBe('shard1');
  expect(await failureOf(pdb.cursor().execute('select 1'))).toMatchObject({ code: '25P02' });
});

test('while nothing runs: the commit says so, and happens nowhere', async () => {
  await kill();
  const error = await within(HANG_MS, 'commit', failureOf<CommitError>(pdb.commit()));
  expect(error).toMatchObject({ name: 'CommitError', shard: 'shard1', committed: [] });
});

test('while a statement runs: it says so', async () => {
  const running = failureOf<ShardError>(pdb.cursor().execute('select pg_sleep(600)'));
  await untilRunning(servers.urls, APPLICATION, /pg_sleep/);
  await kill();
  expect(await within(HANG_MS, 'the call', running)).toMatchObject({
    shard: 'shard1',
    code: 'MILLRACE_THREAD_LOST',
  });
});
