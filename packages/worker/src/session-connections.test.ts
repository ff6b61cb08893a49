import { type Cluster, startCluster } from '@millrace/embedded';
import { ConnectionError, ServerError } from '@millrace/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ConnectionCache } from './connection-cache.js';
import { readTexts } from './read-texts.js';
import type { SessionConnections } from './session-connections.js';

let cluster: Cluster;
let cache: ConnectionCache;
let sessions: SessionConnections;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
});
afterAll(async () => {
  await cluster?.stop();
});
beforeEach(() => {
  const address = { url: cluster.urls[0]!, connectTimeoutMs: 20_000, session: {}, readBytes: 0 };
  const nowhere = { ...address, url: 'postgres://u@%2Fnowhere:1/x' };
  cache = new ConnectionCache(
    [
      { name: 'shard0', address },
      { name: 'nowhere', address: nowhere },
    ],
    4,
  );
  sessions = cache.sessions;
});
afterEach(async () => {
  await cache.close();
});

const NEW = { id: 1, isNew: true };
const KNOWN = { id: 1, isNew: false };

describe('the connection of a session', () => {
  test('is kept from statement to statement, and is nobody else’s', async () => {
    await cache.open(0);
    const connection = await sessions.acquire(NEW, 0);
    expect(cache.statistics()).toEqual({ 0: { idle: 0, busy: 1 } });
    expect(await sessions.acquire(KNOWN, 0)).toBe(connection);
    expect(await sessions.acquire(NEW, 0)).toBe(connection);
    expect(await sessions.acquire({ id: 2, isNew: true }, 0)).not.toBe(connection);
    const other = await cache.acquire(0);
    expect(other).not.toBe(connection);
    cache.release(0, other);
  });

  test('is never replaced', async () => {
    await expect(sessions.acquire(KNOWN, 0)).rejects.toMatchObject({
      code: 'MILLRACE_SESSION_LOST',
    });
    const connection = await sessions.acquire(NEW, 0);
    connection.destroy(new ConnectionError('gone'));
    for (const use of [KNOWN, NEW]) {
      await expect(sessions.acquire(use, 0)).rejects.toBeInstanceOf(ConnectionError);
    }
    await sessions.end(1, 0);
    expect(cache.statistics()).toEqual({ 0: { idle: 0, busy: 0 } });
    expect(await sessions.acquire(NEW, 0)).not.toBe(connection);
  });

  test('that cannot be made is an error each time, until the session ends', async () => {
    for (const use of [NEW, NEW, KNOWN]) {
      await expect(sessions.acquire(use, 1)).rejects.toBeInstanceOf(ConnectionError);
    }
    await sessions.end(1, 1);
    expect(cache.statistics()).toEqual({ 1: { idle: 0, busy: 0 } });
  });

  test('goes back with the session, also when it is still being made, and closed where a transaction is open', async () => {
    const connection = await sessions.acquire(NEW, 0);
    await connection.command('begin');
    await sessions.end(1, 0);
    expect(connection.state).toBe('closed');
    expect(cache.statistics()).toEqual({ 0: { idle: 0, busy: 0 } });
    const late = sessions.acquire({ id: 2, isNew: true }, 0);
    const refused = expect(late).rejects.toMatchObject({ code: 'MILLRACE_SESSION_LOST' });
    await sessions.end(2, 0);
    await refused;
    expect(cache.statistics()).toEqual({ 0: { idle: 1, busy: 0 } });
  });

  test('is closed with the thread', async () => {
    const connection = await sessions.acquire(NEW, 0);
    await cache.close();
    expect(connection.state).toBe('closed');
  });
});

describe('a transaction', () => {
  test('is committed or rolled back, and without one nothing is done', async () => {
    const connection = await sessions.acquire(NEW, 0);
    await connection.command('create table t (n int)');
    for (const step of ['check', 'commit', 'rollback'] as const) await sessions.step(1, 0, step);
    await connection.command('begin; insert into t values (1)');
    await sessions.step(1, 0, 'check');
    expect(connection.inTransaction).toBe(true);
    await sessions.step(1, 0, 'commit');
    await connection.command('begin; insert into t values (2)');
    await sessions.step(1, 0, 'rollback');
    expect(connection.inTransaction).toBe(false);
    expect(await readTexts(connection, 'select n::text, null from t')).toEqual([['1', null]]);
  });

  test('that has failed is refused, where the server would say that it rolls back', async () => {
    const connection = await sessions.acquire(NEW, 0);
    await connection.command('begin');
    await expect(connection.command('select 1 / 0')).rejects.toBeInstanceOf(ServerError);
    expect(connection.transactionFailed).toBe(true);
    for (const step of ['check', 'commit'] as const) {
      await expect(sessions.step(1, 0, step)).rejects.toMatchObject({ code: '25P02' });
    }
    await sessions.step(1, 0, 'rollback');
    expect([connection.inTransaction, connection.transactionFailed]).toEqual([false, false]);
  });

  test('of a lost connection is lost', async () => {
    const connection = await sessions.acquire(NEW, 0);
    await connection.command('begin');
    connection.destroy(new ConnectionError('gone'));
    await expect(sessions.step(1, 0, 'commit')).rejects.toBeInstanceOf(ConnectionError);
  });
});
