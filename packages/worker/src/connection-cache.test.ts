import { type Cluster, startCluster } from '@millrace/embedded';
import { ConnectionError } from '@millrace/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ConnectionCache } from './connection-cache.js';
import { readTexts } from './read-texts.js';

let cluster: Cluster;
let cache: ConnectionCache;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
});

afterAll(async () => {
  await cluster?.stop();
});

beforeEach(() => {
  const address = { url: cluster.urls[0]!, connectTimeoutMs: 20_000, session: {}, readBytes: 0 };
  const nowhere = { ...address, url: 'postgres://u@%2Fnowhere:1/x' };
  const shards = [
    { name: 'shard0', address },
    { name: 'nowhere', address: nowhere },
  ];
  cache = new ConnectionCache(shards, 2);
});

afterEach(async () => {
  await cache.close();
});

describe('ConnectionCache', () => {
  test('gives the connection that was given back, and another one while it is out', async () => {
    const first = await cache.acquire(0);
    const second = await cache.acquire(0);
    expect(second).not.toBe(first);
    expect(cache.statistics()).toEqual({ 0: { idle: 0, busy: 2 } });
    cache.release(0, first);
    expect(cache.statistics()).toEqual({ 0: { idle: 1, busy: 1 } });
    expect(await cache.acquire(0)).toBe(first);
    cache.release(0, first);
    cache.release(0, second);
    expect(cache.statistics()).toEqual({ 0: { idle: 2, busy: 0 } });
  });

  test('keeps no more than there may be statements, however many it was asked for', async () => {
    const connections = await Promise.all([cache.acquire(0), cache.acquire(0), cache.acquire(0)]);
    for (const connection of connections) await cache.release(0, connection);
    expect(cache.statistics()).toEqual({ 0: { idle: 2, busy: 0 } });
    expect(connections.filter(({ state }) => state === 'closed').length).toBe(1);
  });

  test('opens ahead of the first use', async () => {
    await cache.open(0);
    expect(cache.statistics()).toEqual({ 0: { idle: 1, busy: 0 } });
  });

  test('gives no connection that was lost while it lay idle', async () => {
    const first = await cache.acquire(0);
    cache.release(0, first);
    first.destroy(new ConnectionError('gone'));
    const second = await cache.acquire(0);
    expect(second).not.toBe(first);
    expect(await readTexts(second, "select 'works', null")).toEqual([['works', null]]);
    cache.release(0, second);
    expect(cache.statistics()).toEqual({ 0: { idle: 1, busy: 0 } });
  });

  test('lets go of one that is given back in the middle of a statement', async () => {
    const connection = await cache.acquire(0);
    const running = connection.command('select pg_sleep(60)');
    cache.release(0, connection);
    await expect(running).rejects.toBeInstanceOf(ConnectionError);
    expect(connection.state).toBe('closed');
    expect(cache.statistics()).toEqual({ 0: { idle: 0, busy: 0 } });
  });

  test('counts nothing for a connection that could not be made', async () => {
    await expect(cache.acquire(1)).rejects.toBeInstanceOf(ConnectionError);
    await expect(cache.open(1)).rejects.toBeInstanceOf(ConnectionError);
    expect(cache.statistics()).toEqual({ 1: { idle: 0, busy: 0 } });
  });

  test('closes the idle ones when it is closed, the busy ones when they come back', async () => {
    const busy = await cache.acquire(0);
    const idle = await cache.acquire(0);
    cache.release(0, idle);
    await cache.close();
    expect([idle.state, busy.state]).toEqual(['closed', 'idle']);
    cache.release(0, busy);
    expect(busy.state).toBe('closed');
    expect(cache.statistics()).toEqual({ 0: { idle: 0, busy: 0 } });
  });
});
