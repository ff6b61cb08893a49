/** What ends a `millrace query` before its statement has ended: signals, and a reader that has had enough. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allSessionsOf, untilRunning } from '../support/activity.js';
import { eventually } from '../support/eventually.js';
import { startShards } from '../support/start-shards.js';
import { startMillrace } from './start-millrace.js';

let servers: Awaited<ReturnType<typeof startShards>>;

beforeAll(async () => {
  servers = await startShards(2);
});
afterAll(() => servers?.stop());

const start = (format: string, sql: string): ReturnType<typeof startMillrace> =>
  startMillrace(['query', '--mode', 'union', '--format', format, sql], {
    env: { MILLRACE_SHARDS: servers.urls.join(',') },
  });

/** Sessions of the command, by the name that it gives them. */
const APPLICATION = 'millrace';

/** Nothing of the command is left on any server. */
const untilGone = (): Promise<void> =>
  eventually(async () => {
    const left = await allSessionsOf(servers.urls, APPLICATION);
    return left.length === 0 ? undefined : left;
  }, 5_000);

describe.each(['table', 'csv', 'json', 'ndjson'])('%s', (format) => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s cancels on every shard, then ends the command by that signal',
    async (signal) => {
      const { process: child, ended } = start(format, 'select pg_sleep(50)');
      await untilRunning(servers.urls, APPLICATION, /pg_sleep\(50\)/);
      child.kill(signal);
      const end = await ended;
      // Its statement has ended before it has: no server has to notice a connection that is gone.
      const busy = (await allSessionsOf(servers.urls, APPLICATION)).filter(
        ({ state }) => state === 'active',
      );
      expect(busy).toEqual([]);
      expect(end).toEqual({
        code: null,
        signal,
        stdout: '',
        stderr: `error: Cancelled: ended by ${signal}\n`,
      });
      await untilGone();
    },
  );
});

test('an interrupt is heard while the reader is slow', async () => {
  const sql = "select repeat('x', 1000) from generate_series(1, 10000000)";
  const { process: child, ended } = start('csv', sql);
  await once(child.stdout, 'data');
  child.stdout.pause();
  await untilRunning(servers.urls, APPLICATION, /repeat/);
  child.kill('SIGINT');
  await once(child, 'exit');
  child.stdout.resume();
  expect(await ended).toMatchObject({ signal: 'SIGINT' });
  await untilGone();
});

test.each(['table', 'csv', 'json', 'ndjson'])(
  '%s: a reader that goes away ends it quietly',
  async (format) => {
    const sql = "select g, repeat('x', 100) as text from generate_series(1, 200000) g";
    const { process: child, ended } = start(format, sql);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    await untilGone();
  },
);
