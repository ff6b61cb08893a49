/** Servers that are there and refuse: no room for a session, the end of one that was idle, a shutdown. */
import type { Cluster, EmbeddedShard } from '@millrace/embedded';
import { connect, type Database, ShardError, TimeoutError } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { allSessionsOf, sessionsOf, untilIdle } from '../support/activity.js';
import { ask, askAll, withClient } from '../support/ask.js';
import { eventually, failureOf, within } from '../support/eventually.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { startOwnShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const APPLICATION = 'millrace-refusing';
const HANG_MS = 20_000;

let cluster: Cluster;
let db: Database | undefined;

beforeAll(async () => {
  cluster = await startOwnShards(2, { host: 'tcp' });
  await askAll(cluster.urls, 'create table written (n int)');
});
afterAll(() => cluster?.stop());
afterEach(async () => {
  await db?.close();
  db = undefined;
});

const open = async (options: Partial<Parameters<typeof connect>[0]> = {}): Promise<Database> => {
  db = await connect({ shards: [...cluster.urls], application_name: APPLICATION, ...options });
  return db;
};

test('a server that has room for fewer sessions than statements: those fail, the others are whole', async () => {
  const second = cluster.urls[1] as string;
  await ask(second, "create role narrow login password 'narrow' connection limit 2");
  const url = second.replace(/\/\/[^@]*@/, '//narrow:narrow@');
  const database = await open({ shards: [cluster.urls[0] as string, url] });
  for (let round = 0; round < 3; round++) {
    const calls = [1, 2, 3, 4].map((i) =>
      database.query('select $1::int as i, pg_sleep(0.2)', [i], UNION).catch((error) => error),
    );
    const outcomes = await within(HANG_MS, 'the calls', Promise.all(calls));
    const refused = outcomes.filter((outcome) => outcome instanceof Error);
    expect(refused.length).toBe(2);
    for (const error of refused) {
      expect(error).toBeInstanceOf(ShardError);
      expect(error).toMatchObject({ shard: 'shard1', code: '53300' });
    }
    await untilIdle(cluster.urls, APPLICATION, 2_000);
  }
});

test('idle sessions that the server ends are not missed, and what writes is written once', async () => {
  const database = await open({ session: { idle_session_timeout: 400 } });
  for (let i = 0; i < 3; i++) {
    await eventually(async () => {
      const left = await allSessionsOf(cluster.urls, APPLICATION);
      return left.length === 0 ? undefined : left;
    }, HANG_MS);
    if (i % 2 === 0) await database.query('insert into written values ($1)', [i], UNION);
    else
      expect((await database.query('select 7 as n', [], UNION)).rows).toEqual([{ n: 7 }, { n: 7 }]);
  }
  for (const { rows } of await askAll(cluster.urls, 'select n from written order by n'))
    expect(rows).toEqual([{ n: 0 }, { n: 2 }]);
});

test('a session that ends while the other shards are still asked: nothing has run there, it runs on a new one', async () => {
  const second = await FaultProxy.start(cluster.urls[1] as string);
  try {
    const shards = [cluster.urls[0] as string, second.url];
    const database = await open({ shards, session: { idle_session_timeout: 500 } });
    await ask(cluster.urls[0] as string, 'truncate written');
    // The second shard's answer to Describe does not come until it is let through.
    second.arm({ kind: 'hold', from: 'server', type: 't' });
    const call = database.query('insert into written values ($1)', [5], UNION);
    await eventually(async () => {
      const left = await sessionsOf(cluster.urls[0] as string, APPLICATION);
      return left.length === 0 ? undefined : left;
    }, HANG_MS);
    second.letThrough();
    await within(HANG_MS, 'the call', call);
    const { rows } = await ask(cluster.urls[0] as string, 'select n from written');
    expect(rows).toEqual([{ n: 5 }]);
  } finally {
    await db?.close();
    await second.close();
  }
});

test('statementTimeoutMs ends a statement, by the word of its server, and the session goes on', async () => {
  const database = await open({ statementTimeoutMs: 150 });
  const before = await allSessionsOf(cluster.urls, APPLICATION);
  const call = database.query('select pg_sleep(20)', [], UNION);
  const error = await failureOf(within(HANG_MS, 'the call', call));
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error.message).toMatch(/shard\d.*statement timeout/);
  await untilIdle(cluster.urls, APPLICATION, 2_000);
  expect((await allSessionsOf(cluster.urls, APPLICATION)).map(({ pid }) => pid)).toEqual(
    before.map(({ pid }) => pid),
  );
});

test('a server that is shutting down takes no new session, serves those it has, and is served again', async () => {
  const victim = cluster.shards[1] as EmbeddedShard;
  const database = await open();
  await withClient(victim.url, async (client) => {
    await client.query('select 1');
    victim.kill('SIGTERM');
    await eventually(async () => {
      const outcome = await ask(victim.url, 'select 1').catch((error) => error);
      return outcome instanceof Error ? undefined : 'still lets sessions in';
    }, HANG_MS);
    const error = await failureOf(connect({ shards: [...cluster.urls] }));
    expect(error).toBeInstanceOf(ShardError);
    expect(error).toMatchObject({ shard: 'shard1', code: '57P03' });
    expect((await database.query('select 1', [], UNION)).rowCount).toBe(2);
  });
  await victim.stop('fast');
  const gone = await failureOf(within(HANG_MS, 'the call', database.query('select 1', [], UNION)));
  expect(gone).toMatchObject({ name: 'ShardError', shard: 'shard1', code: 'ECONNREFUSED' });
  await victim.start();
  expect((await database.query('select 1', [], UNION)).rowCount).toBe(2);
});
