/** Transactions over several shards: when they begin, how they end, and what is said when a shard does not come along. */

import type { Cluster } from '@millrace/embedded';
import {
  CommitError,
  connect,
  type Database,
  ParallelConnection,
  ShardError,
} from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allSessionsOf, sessionsOf, untilIdle, untilRunning } from '../support/activity.js';
import { ask, askAll, withClient } from '../support/ask.js';
import { eventually, failureOf } from '../support/eventually.js';
import { startOwnShards } from '../support/start-shards.js';

const APPLICATION = 'millrace-transactions';

let servers: Cluster;
let db: Database;
let pdb: ParallelConnection;

beforeAll(async () => {
  servers = await startOwnShards(2);
  await askAll(servers.urls, 'create table t (n int unique deferrable initially deferred)');
});
afterAll(async () => {
  await servers?.stop();
});
beforeEach(async () => {
  db = await connect({
    shards: [...servers.urls],
    application_name: APPLICATION,
    connectionsPerShard: 2,
    queueTimeoutMs: 500,
  });
  pdb = new ParallelConnection(db);
  await askAll(servers.urls, 'truncate t');
});
afterEach(async () => {
  await pdb?.close();
  await db?.close();
});

const [first, second] = [0, 1] as const;
const url = (shard: number): string => servers.urls[shard] as string;

async function counts(): Promise<unknown[]> {
  return (await askAll(servers.urls, 'select count(*)::int as n from t')).map(
    ({ rows }) => rows[0]?.n,
  );
}

/** Ends the server's side of every session of ours on one shard. */
async function terminate(shard: number): Promise<void> {
  await ask(
    url(shard),
    'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
    [APPLICATION],
  );
  await eventually(async () => {
    const left = await sessionsOf(url(shard), APPLICATION);
    return left.length === 0 ? undefined : left;
  }, 10_000);
}

describe('a transaction', () => {
  test('begins with the first execute and ends on every shard by commit', async () => {
    const c = pdb.cursor();
    await c.execute('select 1');
    const open = await allSessionsOf(servers.urls, APPLICATION);
    expect(open.map(({ state }) => state).filter((state) => state !== 'idle')).toEqual([
      'idle in transaction',
      'idle in transaction',
    ]);
    await c.execute('insert into t values (%s)', [1]);
    await pdb.cursor().execute('insert into t values (2)');
    expect(await counts()).toEqual([0, 0]);
    await pdb.commit();
    expect(await counts()).toEqual([2, 2]);
    await untilIdle(servers.urls, APPLICATION);
    await pdb.commit();
  });

  test('ends on every shard by rollback', async () => {
    await pdb.cursor().execute('insert into t values (1)');
    await pdb.rollback();
    expect(await counts()).toEqual([0, 0]);
    await untilIdle(servers.urls, APPLICATION);
    await pdb.cursor().execute('insert into t values (3)');
    await pdb.commit();
    expect(await counts()).toEqual([1, 1]);
    await pdb.rollback();
  });

  test('is rolled back when the connection is closed', async () => {
    await pdb.cursor().execute('insert into t values (1)');
    await pdb.close();
    await untilIdle(servers.urls, APPLICATION);
    expect(await counts()).toEqual([0, 0]);
  });

  test('is none where each statement commits by itself', async () => {
    const own = new ParallelConnection(db, { autocommit: true });
    await own.cursor().execute('insert into t values (1)');
    expect(await counts()).toEqual([1, 1]);
    await failureOf(own.cursor().execute('select 1 / 0'));
    await own.cursor().execute('select 1');
    await own.cursor().execute('vacuum t');
    await own.close();
  });

  test('is cancelled by a signal on all shards, and rolled back', async () => {
    const abort = new AbortController();
    const c = pdb.cursor();
    await c.execute('insert into t values (1)');
    const running = failureOf(c.execute('select pg_sleep(600)', null, { signal: abort.signal }));
    await untilRunning(servers.urls, APPLICATION, /pg_sleep/);
    abort.abort();
    expect(await running).toMatchObject({ code: 'MILLRACE_CANCELLED' });
    expect(await failureOf(c.execute('select 1'))).toMatchObject({ code: '25P02' });
    await pdb.rollback();
    await c.execute('select count(*)::int from t');
    expect(await c.fetchall()).toEqual([[0], [0]]);
  });

  test('has a place on every shard until its connection is closed', async () => {
    await pdb.cursor().execute('select 1');
    const other = new ParallelConnection(db);
    await other.cursor().execute('select 1');
    const third = new ParallelConnection(db);
    expect(await failureOf(third.cursor().execute('select 1'))).toMatchObject({
      code: 'MILLRACE_TIMEOUT',
    });
    await other.close();
    await third.rollback();
    await third.cursor().execute('select 1');
    await third.close();
  });
});

test('statements of a transaction go to the first server, never to a replica', async () => {
  await ask(url(first), 'insert into t values (1)');
  const shards = [{ url: url(first), replicas: [url(second)] }];
  await using copied = await connect({ shards, replicaReads: 'round-robin' });
  const own = new ParallelConnection(copied, { autocommit: true });
  const c = own.cursor();
  const here: unknown[] = [];
  for (let i = 0; i < 4; i++) {
    await c.execute('select count(*)::int from t');
    here.push(...(await c.fetchall()).flat());
  }
  expect(here).toEqual([1, 1, 1, 1]);
});

describe('a commit', () => {
  test('that a deferred constraint refuses on one shard happens on none', async () => {
    await ask(url(second), 'insert into t values (7)');
    const c = pdb.cursor();
    await c.execute('insert into t values (7)');
    const error = await failureOf<CommitError>(pdb.commit());
    expect(error).toBeInstanceOf(CommitError);
    expect(error).toMatchObject({
      code: '23505',
      shard: 'shard1',
      committed: [],
      notCommitted: ['shard0', 'shard1'],
      unknown: [],
    });
    expect(error.message).toMatch(
      /^Shard 'shard1': duplicate key .*committed nowhere; not committed on/,
    );
    expect(await failureOf(c.execute('select 1'))).toMatchObject({ code: '25P02' });
    await pdb.rollback();
    expect(await counts()).toEqual([0, 1]);
  });

  test('that fails on one shard says where it is done and where not', async () => {
    const c = pdb.cursor();
    await c.execute('set transaction isolation level serializable');
    await c.execute('select count(*) from t');
    await c.execute('insert into t values (1)');
    // Another transaction of the second shard reads what ours writes, writes what ours reads, and is first.
    await withClient(url(second), async (client) => {
      await client.query('begin isolation level serializable');
      await client.query('select count(*) from t');
      await client.query('insert into t values (2)');
      await client.query('commit');
    });
    const error = await failureOf<CommitError>(pdb.commit());
    expect(error).toBeInstanceOf(ShardError);
    expect(error).toMatchObject({
      name: 'CommitError',
      code: '40001',
      shard: 'shard1',
      committed: ['shard0'],
      notCommitted: ['shard1'],
      unknown: [],
    });
    expect(error.message).toMatch(/committed on 'shard0'; not committed on 'shard1'/);
    expect(await counts()).toEqual([1, 1]);
    // The transaction is over: the next one begins.
    await c.execute('insert into t values (3)');
    await pdb.commit();
    expect(await counts()).toEqual([2, 2]);
  });
});

describe('a lost connection', () => {
  test('is an error that names the shard until rollback, never a connection without the transaction', async () => {
    const c = pdb.cursor();
    await c.execute('insert into t values (1)');
    await terminate(second);
    const error = await failureOf<ShardError>(c.execute('insert into t values (2)'));
    expect(error).toBeInstanceOf(ShardError);
    expect(error.shard).toBe('shard1');
    expect(await failureOf(c.execute('select 1'))).toMatchObject({ code: '25P02' });
    await pdb.rollback();
    await c.execute('insert into t values (3)');
    await pdb.commit();
    expect(await counts()).toEqual([1, 1]);
  });

  test('before the commit keeps it from happening anywhere', async () => {
    await pdb.cursor().execute('insert into t values (1)');
    await terminate(second);
    const error = await failureOf<CommitError>(pdb.commit());
    expect(error).toMatchObject({ name: 'CommitError', shard: 'shard1', committed: [] });
    await pdb.rollback();
    expect(await counts()).toEqual([0, 0]);
  });

  test('takes the settings of all shards with it', async () => {
    const c = pdb.cursor();
    await c.execute("set work_mem = '9MB'");
    await pdb.commit();
    await terminate(first);
    await failureOf(c.execute('show work_mem'));
    await pdb.rollback();
    await c.execute('show work_mem');
    expect(await c.fetchall()).toEqual([['4MB'], ['4MB']]);
  });

  test('that nothing had used yet is replaced', async () => {
    await terminate(first);
    await terminate(second);
    const c = pdb.cursor();
    await c.execute('select 1');
    expect(await c.fetchall()).toEqual([[1], [1]]);
  });
});

describe('a setting that values are read by', () => {
  test.each([
    "set datestyle to 'German'",
    "set intervalstyle to 'iso_8601'",
    "set client_encoding to 'LATIN1'",
  ])('%s: nothing is read while it lasts, and all again after rollback', async (set) => {
    const c = pdb.cursor();
    await c.execute(set);
    const error = await failureOf(c.execute("select array['2001-02-03'::date] as d"));
    expect(error).toMatchObject({ name: 'SqlError', code: 'MILLRACE_SETTING' });
    await pdb.rollback();
    await c.execute("select array['2001-02-03'::date]::text as d");
    expect(await c.fetchall()).toEqual([['{2001-02-03}'], ['{2001-02-03}']]);
    await c.execute("set datestyle to 'ISO, DMY'");
    await c.execute("select '3/2/2001'::date::text");
    expect((await c.fetchall())[0]).toEqual(['2001-02-03']);
  });
});
