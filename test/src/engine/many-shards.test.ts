/** 64 shards, as databases of two servers, on one thread and on two: nothing waits in a circle. */
import type { Cluster } from '@millrace/embedded';
import { CancelledError, connect, type Database, SqlError } from '@millrace/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allSessionsOf, untilIdle } from '../support/activity.js';
import { ask } from '../support/ask.js';
import { failureOf, within } from '../support/eventually.js';
import { startOwnShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const SHARDS = 64;
const APPLICATION = 'millrace-many';
const HANG_MS = 60_000;

let cluster: Cluster;
let urls: string[];

beforeAll(async () => {
  cluster = await startOwnShards(2, {
    settings: { max_connections: '300', shared_buffers: '32MB' },
  });
  urls = Array.from({ length: SHARDS }, (_, i) => {
    const server = cluster.urls[i % 2] as string;
    return server.replace(/\/postgres$/, `/part_${i}`);
  });
  const create = async (server: number): Promise<void> => {
    for (let i = server; i < SHARDS; i += 2)
      await ask(cluster.urls[server] as string, `create database part_${i} strategy file_copy`);
  };
  await Promise.all([create(0), create(1)]);
});
afterAll(() => cluster?.stop());

describe.each([1, 2])('on %i of our threads', (threads) => {
  let db: Database;
  beforeAll(async () => {
    db = await within(
      HANG_MS,
      'connect',
      connect({ shards: urls, threads, connectionsPerShard: 2, application_name: APPLICATION }),
    );
  });
  afterAll(() => db?.close());

  const NAMES = Array.from({ length: SHARDS }, (_, i) => ({ name: `part_${i}` }));

  test('a query has all answers, in shard order', async () => {
    const call = db.query('select current_database() as name', [], UNION);
    expect((await within(HANG_MS, 'the query', call)).rows).toEqual(NAMES);
  });

  test('three streams at a time, read unevenly, all end', async () => {
    const counts = new Map<string, number>();
    const read = async (id: number): Promise<void> => {
      const sql = `select i, repeat('x', 40) as x from generate_series(1, 4000) i`;
      for await (const batch of db.stream(sql, [], UNION)) {
        const key = `${id} ${batch.shard}`;
        counts.set(key, (counts.get(key) ?? 0) + batch.rowCount);
        if (id === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await within(HANG_MS, 'the streams', Promise.all([read(0), read(1), read(2)]));
    expect(counts.size).toBe(3 * SHARDS);
    expect([...counts.values()].every((count) => count === 4_000)).toBe(true);
  });

  test('a cancel, and an error of one shard, end all 64', async () => {
    const controller = new AbortController();
    const endless = 'select generate_series(1, 2000000000) as i';
    const read = async (): Promise<void> => {
      for await (const _ of db.stream(endless, [], { ...UNION, signal: controller.signal }))
        controller.abort();
    };
    expect(await failureOf(within(HANG_MS, 'the stream', read()))).toBeInstanceOf(CancelledError);
    const broken = `select 1 / (case when current_database() = 'part_37' then 0 else 1 end), pg_sleep(
      case when current_database() = 'part_37' then 0 else 8 end)`;
    const error = await failureOf<SqlError>(
      within(HANG_MS, 'the error', db.query(broken, [], UNION)),
    );
    expect(error).toBeInstanceOf(SqlError);
    expect(error.shard).toBe('shard37');
    await untilIdle(cluster.urls, APPLICATION);
    expect((await db.query('select current_database() as name', [], UNION)).rows).toEqual(NAMES);
  });

  test('close ends all of it, with a statement under way', async () => {
    const failed = failureOf(db.query('select pg_sleep(8)', [], UNION));
    await within(HANG_MS, 'close', db.close());
    expect(await failed).toBeInstanceOf(CancelledError);
    expect(await allSessionsOf(cluster.urls, APPLICATION)).toEqual([]);
  });
});
