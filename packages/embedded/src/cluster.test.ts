import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Cluster, startCluster } from './cluster.js';
import type { EmbeddedShard } from './embedded-shard.js';
import { isRunning } from './process-identity.js';
import { query } from './testing/query.js';

// Real servers, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

function shardOf(cluster: Cluster, index: number): EmbeddedShard {
  const shard = cluster.shards[index];
  if (shard === undefined) {
    throw new Error(`no shard ${index}`);
  }
  return shard;
}

describe('a cluster of four', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({
      shards: 4,
      settings: { work_mem: '7MB', 'my.quoted': "it's \\ here" },
    });
  });
  afterAll(async () => {
    await cluster.stop();
  });

  test('has four different servers, each at its URL', async () => {
    for (const [index, url] of cluster.urls.entries()) {
      await query(url, `CREATE TABLE who AS SELECT ${index} AS index`);
    }
    const answers = await Promise.all(
      cluster.urls.map((url) => query(url, 'SELECT index FROM who')),
    );
    expect(answers).toEqual([[[0]], [[1]], [[2]], [[3]]]);
    expect(new Set(cluster.shards.map((shard) => shard.pid)).size).toBe(4);
  });

  test('listens on no TCP port, and only its user can enter the sockets', async () => {
    const shard = shardOf(cluster, 0);
    expect(await query(shard.url, 'SHOW listen_addresses')).toEqual([['']]);
    expect(shard.host.startsWith('/')).toBe(true);
  });

  test('takes settings, and sorts by code point', async () => {
    const { url } = shardOf(cluster, 0);
    expect(
      await query(
        url,
        "SELECT current_setting('work_mem'), current_setting('my.quoted'), current_setting('fsync')",
      ),
    ).toEqual([['7MB', "it's \\ here", 'off']]);
    expect(
      await query(
        url,
        "SELECT string_agg(x, '' ORDER BY x), upper('ä') FROM unnest(array['b','B','a','é']) x",
      ),
    ).toEqual([['Babé', 'Ä']]);
  });

  test('has the extensions that come with PostgreSQL', async () => {
    const { url } = shardOf(cluster, 0);
    await query(url, 'CREATE EXTENSION postgres_fdw');
    expect(
      await query(url, "SELECT count(*)::int FROM pg_extension WHERE extname = 'postgres_fdw'"),
    ).toEqual([[1]]);
  });

  test.each(['fast', 'immediate'] as const)(
    'a shard stopped (%s) and started has its data and its address',
    async (mode) => {
      const shard = shardOf(cluster, 1);
      const before = { url: shard.url, pid: shard.pid };
      await query(shard.url, `CREATE TABLE kept_${mode} AS SELECT generate_series(1, 1000) AS n`);
      await shard.stop(mode);
      expect(shard.running).toBe(false);
      await expect(query(shard.url, 'SELECT 1')).rejects.toThrow();
      await shard.start();
      expect(shard.url).toBe(before.url);
      expect(shard.pid).not.toBe(before.pid);
      expect(await query(shard.url, `SELECT sum(n)::int FROM kept_${mode}`)).toEqual([[500500]]);
    },
  );

  test('a shard killed outright and started at once has what was committed', async () => {
    const shard = shardOf(cluster, 2);
    await query(shard.url, 'CREATE TABLE committed AS SELECT 42 AS n');
    shard.kill('SIGKILL');
    await shard.start();
    expect(await query(shard.url, 'SELECT n FROM committed')).toEqual([[42]]);
  });

  test('a start of a running shard changes nothing; starts and stops at once keep their order', async () => {
    const shard = shardOf(cluster, 3);
    const { pid } = shard;
    await shard.start();
    expect(shard.pid).toBe(pid);
    await Promise.all([shard.stop(), shard.stop(), shard.start(), shard.start()]);
    expect(await query(shard.url, 'SELECT 1')).toEqual([[1]]);
  });

  test('a shard halted by SIGSTOP can be stopped', async () => {
    const shard = shardOf(cluster, 3);
    shard.kill('SIGSTOP');
    await shard.stop();
    expect(shard.running).toBe(false);
    await shard.start();
  });
});

test('after stop no process, no directory and no way back is left', async () => {
  const cluster = await startCluster({ shards: 2 });
  const first = shardOf(cluster, 0);
  const pids = cluster.shards.map((shard) => shard.pid);
  shardOf(cluster, 1).kill('SIGKILL');
  await Promise.all([cluster.stop(), cluster.stop()]);
  expect(pids.filter(isRunning)).toEqual([]);
  expect(existsSync(dirname(first.host))).toBe(false);
  await expect(first.start()).rejects.toMatchObject({ code: 'STOPPED' });
});

test('over TCP each shard has a port of 127.0.0.1, which asks for the password', async () => {
  await using cluster = await startCluster({
    shards: 2,
    host: 'tcp',
    locale: { provider: 'libc', name: 'C' },
  });
  const shard = shardOf(cluster, 1);
  expect(shard.host).toBe('127.0.0.1');
  expect(
    await query(
      shard.url,
      "SELECT current_setting('unix_socket_directories'), datlocprovider FROM pg_database LIMIT 1",
    ),
  ).toEqual([['', 'c']]);
  const wrong = shard.url.replace(shard.password, 'wrong');
  await expect(query(wrong, 'SELECT 1')).rejects.toThrow('password authentication failed');
});

test('a server that does not start says why', async () => {
  const failed = startCluster({ shards: 2, settings: { shared_buffers: 'plenty' } });
  await expect(failed).rejects.toMatchObject({
    name: 'EmbeddedPostgresError',
    code: 'START_FAILED',
  });
  await expect(failed).rejects.toThrow(/invalid value for parameter "shared_buffers"/);
});

test.each([
  ['a number of shards that is none', { shards: 0 }],
  ['a setting that is part of the address', { shards: 1, settings: { Port: '1' } }],
  ['a setting on two lines', { shards: 1, settings: { work_mem: "1MB'\nport = '1" } }],
])('refuses %s', async (_, options) => {
  await expect(startCluster(options)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});
