/** Copies to a staging that fail, on either side and by a cancel: named, and nothing is left open. */
// biome-ignore assist/source/organizeImports: it must come before what starts threads.
import { startedThreads } from '../testing/started-threads.js';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, startCluster } from '@millrace/embedded';
import { addressParts } from '@millrace/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CancelledError, ShardError, SqlError } from '../errors.js';
import { rowsOf, startOn } from '../testing/dispatch-drive.js';
import {
  CREATE_X,
  copyOf,
  NEVER,
  pullWhole,
  ROWS_PER_SHARD,
  StagingDrive,
  withPull,
} from '../testing/staging-drive.js';
import type { Dispatcher } from './dispatcher.js';

let cluster: Cluster;
let drive: StagingDrive;
let dispatcher: Dispatcher;

beforeAll(async () => {
  cluster = await startCluster({ shards: 3 });
  drive = await StagingDrive.open(cluster.urls, 'millrace-staging-faults');
});
afterAll(async () => {
  await drive?.close();
  await cluster?.stop();
});
beforeEach(async () => {
  await drive.fillTables();
  dispatcher = drive.dispatcher();
});
afterEach(async () => {
  await drive.closeDispatchers();
});

async function failureOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  return promise.then(
    () => expect.unreachable('it should fail'),
    (error: Error) => error,
  );
}

/** A whole pull works, and nothing is left open anywhere. */
async function expectSound(target: number | 'server' = 0): Promise<void> {
  const sum = (ROWS_PER_SHARD * (ROWS_PER_SHARD + 1)) / 2;
  expect(await pullWhole(dispatcher, target)).toEqual([
    [2 * ROWS_PER_SHARD],
    [0, ROWS_PER_SHARD, sum],
    [1, ROWS_PER_SHARD, sum],
  ]);
  expect(await drive.busyStates()).toEqual([]);
}

/** A server may notice a moment later that nobody listens any more. */
async function eventuallySound(): Promise<void> {
  const deadline = performance.now() + 20_000;
  while ((await drive.busyStates()).length > 0 && performance.now() < deadline) await delay(20);
  await expectSound();
}

describe('a copy that fails', () => {
  const ENDLESS = "select 1, generate_series(1, 1000000000), repeat('x', 100)";

  test.each([
    ['is refused by a shard', copyOf('select nonsense'), SqlError, '42703', undefined],
    [
      'breaks on a shard',
      copyOf('select 1, 1 / (k - 15000), v from t'),
      SqlError,
      '22012',
      undefined,
    ],
    [
      'has no table to go to',
      copyOf('select 1', { into: 'copy nowhere from stdin' }),
      SqlError,
      '42P01',
      'shard0',
    ],
    ['does not fit its table', copyOf('select 1, 2, 3, 4'), SqlError, '22P04', 'shard0'],
    [
      'has values that are none there',
      copyOf("select 1, 'x', 3 from t"),
      SqlError,
      '22P02',
      'shard0',
    ],
    [
      'is no COPY',
      copyOf('select 1', { into: 'select 1' }),
      SqlError,
      'MILLRACE_NO_COPY',
      'shard0',
    ],
  ])('because it %s says so', async (_, request, kind, code, shard) => {
    await withPull(dispatcher, 0, async ({ staging }) => {
      await staging.command(CREATE_X, NEVER);
      const error = await failureOf(staging.copy(request));
      expect(error).toBeInstanceOf(kind);
      expect(error.code).toBe(code);
      if (shard !== undefined) expect(error).toMatchObject({ shard });
    });
    await expectSound();
  });

  test('by a cancel ends everywhere', async () => {
    for (const target of [0, 'server'] as const) {
      await withPull(dispatcher, target, async ({ staging }) => {
        await staging.command(CREATE_X, NEVER);
        const controller = new AbortController();
        const reason = new CancelledError('enough');
        const request = copyOf(ENDLESS, { signal: controller.signal });
        const failed = failureOf(staging.copy(request));
        await drive.untilRunning(target === 0 ? 0 : 2, 'copy pg_temp.x');
        controller.abort(reason);
        expect(await failed).toBe(reason);
      });
      await expectSound(target);
    }
  });

  test('by a cancel before it begins, or by its staging being closed', async () => {
    await withPull(dispatcher, 0, async ({ staging }) => {
      await staging.command(CREATE_X, NEVER);
      const signal = AbortSignal.abort(new CancelledError('no'));
      const request = copyOf(ENDLESS, { signal });
      expect(await failureOf(staging.copy(request))).toBe(signal.reason);
    });
    await withPull(dispatcher, 1, async ({ staging }) => {
      await staging.command(CREATE_X, NEVER);
      const failed = failureOf(staging.copy(copyOf(ENDLESS)));
      await drive.untilRunning(1, 'copy pg_temp.x');
      await staging.close();
      expect(await failed).toBeInstanceOf(CancelledError);
      expect(await failureOf(staging.command('select 1', NEVER))).toBeInstanceOf(CancelledError);
    });
    await expectSound();
  });

  test.each([
    ['a shard that sends', 1, 'copy (select', 'shard1'],
    ['the server that takes', 2, 'copy pg_temp.x', 'staging'],
  ])('by a lost connection to %s names it', async (_, server, query, shard) => {
    await withPull(dispatcher, 'server', async ({ staging }) => {
      await staging.command(CREATE_X, NEVER);
      const failed = failureOf(staging.copy(copyOf(ENDLESS)));
      const pid = await drive.untilRunning(server, query);
      await drive.direct[server]?.command(`select pg_terminate_backend(${pid}, 10000)`);
      const error = await failed;
      expect(error).toBeInstanceOf(ShardError);
      expect(error).toMatchObject({ shard });
    });
    await expectSound('server');
  });

  test.each([
    ['a shard’s rows are read by', 1, 'shard1'],
    ['the staging is written by', 0, 'shard0'],
  ])('by the end of the thread that %s names it', async (_, thread, shard) => {
    const before = new Set(startedThreads);
    const own = drive.dispatcher({ threads: 2 });
    await pullWhole(own, 0);
    const threads = [...startedThreads].filter((it) => !before.has(it));
    await withPull(own, 0, async ({ staging }) => {
      await staging.command(CREATE_X, NEVER);
      const request = copyOf(ENDLESS);
      // Only the other shard is read: whose thread ends is then clear.
      const failed = failureOf(staging.copy({ ...request, from: request.from.slice(1) }));
      await drive.untilRunning(0, 'copy pg_temp.x');
      await drive.untilRunning(1, 'copy (select');
      await threads[thread]?.terminate();
      expect(await failed).toMatchObject({ shard, code: 'MILLRACE_THREAD_LOST' });
    });
    await eventuallySound();
    expect((await pullWhole(own, 0))[0]).toEqual([2 * ROWS_PER_SHARD]);
  });

  test('while the server that takes is frozen, within the time for a cancel', async () => {
    await withPull(dispatcher, 'server', async ({ staging }) => {
      await staging.command(CREATE_X, NEVER);
      const controller = new AbortController();
      const failed = failureOf(staging.copy(copyOf(ENDLESS, { signal: controller.signal })));
      const pid = Number(await drive.untilRunning(2, 'copy pg_temp.x'));
      process.kill(pid, 'SIGSTOP');
      try {
        controller.abort(new CancelledError('enough'));
        expect(await failed).toBeInstanceOf(CancelledError);
        await staging.close();
      } finally {
        process.kill(pid, 'SIGCONT');
      }
    });
    await expectSound('server');
  });
});

describe('a staging', () => {
  test('that may make no temporary table says so', async () => {
    await drive.direct[0]?.command(
      'revoke temp on database postgres from public; drop role if exists guest; create role guest login; grant select on t to guest',
    );
    try {
      const { host, port, database } = addressParts(cluster.urls[0] as string);
      const url = `postgres://guest@${encodeURIComponent(host)}:${port}/${database}`;
      const poor = drive.dispatcher({ shards: [url, cluster.urls[1] as string] });
      await withPull(poor, 0, async ({ staging }) => {
        const error = await failureOf(staging.command(CREATE_X, NEVER));
        expect(error).toBeInstanceOf(SqlError);
        expect(error).toMatchObject({
          code: '42501',
          message: expect.stringMatching(/permission denied to create temporary tables/),
        });
      });
    } finally {
      await drive.direct[0]?.command(
        'drop owned by guest; drop role guest; grant temp on database postgres to public',
      );
    }
  });

  test('whose server is away names it, and gives its place back', async () => {
    const away = drive.dispatcher({
      shards: [cluster.urls[0] as string, 'postgres://u@%2Fnowhere:1/x'],
    });
    for (let i = 0; i < 6; i++) {
      const snapshot = await away.openSnapshot([0], NEVER);
      const staging = await away.openStaging(1, { snapshot, signal: NEVER });
      const error = await failureOf(staging.command(CREATE_X, NEVER));
      expect(error).toBeInstanceOf(ShardError);
      expect(error).toMatchObject({ shard: 'shard1' });
      await Promise.all([staging.close(), snapshot.close()]);
    }
  });

  test('streams what its statement gives, and can be left in the middle', async () => {
    await withPull(dispatcher, 0, async ({ staging }) => {
      const statement = await startOn(staging, [0], 'select generate_series(1, 100000000)', {
        keepsAll: false,
      });
      await statement.execution.next();
      await statement.stop();
      expect(await failureOf(rowsOf(statement))).toBeInstanceOf(CancelledError);
    });
    await expectSound();
  });
});
