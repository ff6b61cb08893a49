import { expect, test, vi } from 'vitest';
import { startCluster } from './cluster.js';
import { shardsFromEnvironment } from './shards-from-environment.js';
import { query } from './testing/query.js';

// Real servers, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const runSql = async (url: string, sql: string): Promise<void> => {
  await query(url, sql);
};

test('gives nothing when MILLRACE_SHARDS is unset or empty', async () => {
  expect(await shardsFromEnvironment({ shards: 1, runSql, env: {} })).toBeUndefined();
  expect(
    await shardsFromEnvironment({ shards: 1, runSql, env: { MILLRACE_SHARDS: ' ' } }),
  ).toBeUndefined();
});

test('makes a database of its own on each server, and drops it while others are still connected', async () => {
  await using cluster = await startCluster({ shards: 1 });
  const [url = ''] = cluster.urls;
  const databases = "SELECT datname FROM pg_database WHERE datname LIKE 'millrace%' ORDER BY 1";
  const env = { MILLRACE_SHARDS: `${url}?application_name=x, ${url}` };
  const servers = await shardsFromEnvironment({ shards: 4, runSql, env });
  expect(servers?.notice).toMatch('names 2 servers, 4 were asked for');
  const names = await Promise.all(
    (servers?.urls ?? []).map((own) => query(own, 'SELECT current_database()')),
  );
  expect(await query(url, databases)).toEqual(names.map(([row]) => row));
  await servers?.stop();
  await servers?.stop();
  expect(await query(url, databases)).toEqual([]);
});

test('gives back what it made when a server fails, and shows no password', async () => {
  const statements: string[] = [];
  const failing = async (url: string, sql: string): Promise<void> => {
    statements.push(`${url} ${sql.split(' ')[0]}`);
    if (url.includes('b:2')) {
      throw new Error('refused');
    }
  };
  const env = { MILLRACE_SHARDS: 'postgres://u:secret@a:1/x,postgresql://u:secret@b:2/y' };
  const failed = shardsFromEnvironment({ shards: 2, runSql: failing, env });
  await expect(failed).rejects.toMatchObject({
    code: 'ENVIRONMENT_SHARDS',
    message: expect.not.stringContaining('secret'),
  });
  expect(statements).toEqual([
    'postgres://u:secret@a:1/x CREATE',
    'postgresql://u:secret@b:2/y CREATE',
    'postgres://u:secret@a:1/x DROP',
  ]);
});

test('keeps the query of a URL, takes the form with a socket there, and refuses what is no URL', async () => {
  const env = { MILLRACE_SHARDS: 'postgres://u@/db?host=/run/pg,postgres://u@h?sslmode=disable' };
  const servers = await shardsFromEnvironment({ shards: 2, runSql: () => Promise.resolve(), env });
  expect(servers?.urls).toEqual([
    expect.stringMatching(/^postgres:\/\/u@\/millrace_\w+_0\?host=\/run\/pg$/),
    expect.stringMatching(/^postgres:\/\/u@h\/millrace_\w+_1\?sslmode=disable$/),
  ]);
  const wrong = shardsFromEnvironment({
    shards: 1,
    runSql,
    env: { MILLRACE_SHARDS: 'host=x dbname=y' },
  });
  await expect(wrong).rejects.toMatchObject({ code: 'ENVIRONMENT_SHARDS' });
});
