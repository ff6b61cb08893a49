/** Against real servers: rows of shards copied to one of them, and what PostgreSQL says of them there. */
import { type Cluster, startCluster } from '@millrace/embedded';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TimeoutError } from '../errors.js';
import { rowsOn } from '../testing/dispatch-drive.js';
import {
  CREATE_X,
  copyOf,
  NEVER,
  pullWhole,
  ROWS_PER_SHARD,
  StagingDrive,
  withPull,
} from '../testing/staging-drive.js';
import { CopyLimitError } from './copy-run.js';
import type { Dispatcher } from './dispatcher.js';

let cluster: Cluster;
let drive: StagingDrive;
let dispatcher: Dispatcher;

beforeAll(async () => {
  cluster = await startCluster({ shards: 3 });
  drive = await StagingDrive.open(cluster.urls, 'millrace-staging');
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

describe('rows of several shards on one server', () => {
  test.each([0, 1, 'server'] as const)('are answered over by that server: %s', async (target) => {
    await expectSound(target);
    await withPull(dispatcher, target, async ({ staging }) => {
      await staging.command(CREATE_X, NEVER);
      await staging.copy(copyOf('select * from t'));
      const digest = 'select md5(string_agg(r::text, $$,$$ order by shard, k)) from';
      const whole = await rowsOn(staging, [staging.shard], `${digest} x r`);
      // What they are, said by the shards.
      const parts = await rowsOn(dispatcher, [0, 1], 'select * from t order by k');
      await drive.direct[2]?.command(
        'create temp table if not exists y (shard int, k int, v text); truncate y',
      );
      const values = parts.map(([shard, k, v]) => `(${shard},${k},'${v}')`).join();
      await drive.direct[2]?.command(`insert into y values ${values}`);
      expect(whole).toEqual([await drive.direct[2]?.command(`${digest} y r`)]);
    });
  });

  test('may be large, small, none, NULL, and of several tables', async () => {
    await withPull(dispatcher, 1, async ({ staging }) => {
      await staging.command(CREATE_X, NEVER);
      await staging.command('create temp table z (v text) on commit drop', NEVER);
      const large = "select 1, 2, repeat('ä\t\\', 1000000) union all select 3, null, null";
      const copied = await staging.copy(copyOf(large));
      expect(copied).toMatchObject({ rows: 4, bytes: expect.any(Number) });
      expect(copied.bytes).toBeGreaterThan(2 * 5_000_000);
      expect(await staging.copy(copyOf('select 1, 2, 3 where false'))).toEqual({
        rows: 0,
        bytes: 0,
      });
      const into = 'copy pg_temp.z from stdin';
      await staging.copy(copyOf("select '\\N'", { into }));
      const sql = `select (select count(*)::int from x where v = repeat('ä\t\\', 1000000)),
                          (select count(*)::int from x where k is null and v is null),
                          (select count(*)::int from z where v = '\\N')`;
      expect(await rowsOn(staging, [staging.shard], sql)).toEqual([[2, 2, 2]]);
    });
  });

  test('may be many: they pass through in fixed memory', async () => {
    await withPull(dispatcher, 'server', async ({ staging }) => {
      await staging.command(CREATE_X, NEVER);
      const many = "select 1, k, repeat('x', 200) from generate_series(1, 250000) k";
      const buffersBefore = process.memoryUsage().rss;
      const copied = await staging.copy(copyOf(many));
      expect(copied.rows).toBe(500_000);
      expect(copied.bytes).toBeGreaterThan(100_000_000);
      expect(process.memoryUsage().rss - buffersBefore).toBeLessThan(80_000_000);
      expect(await rowsOn(staging, [staging.shard], 'select count(*)::int from x')).toEqual([
        [500_000],
      ]);
    });
  });

  test('are those of the snapshot, as is what the server has of its own', async () => {
    for (const begun of [false, true]) {
      await withPull(dispatcher, 0, async ({ snapshot, staging }) => {
        const count = 'select count(*)::int from t';
        if (begun)
          expect(await rowsOn(snapshot, [0, 1], count)).toEqual([
            [ROWS_PER_SHARD],
            [ROWS_PER_SHARD],
          ]);
        else await staging.command(CREATE_X, NEVER);
        await drive.direct[0]?.command('delete from t where k <= 100');
        await drive.direct[1]?.command('delete from t where k <= 100');
        if (begun) await staging.command(CREATE_X, NEVER);
        expect((await staging.copy(copyOf('select * from t'))).rows).toBe(2 * ROWS_PER_SHARD);
        expect(await rowsOn(staging, [0], count)).toEqual([[ROWS_PER_SHARD]]);
        expect(await rowsOn(snapshot, [1], count)).toEqual([[ROWS_PER_SHARD]]);
      });
      await Promise.all(
        [0, 1].map((shard) =>
          drive.direct[shard]?.command(
            `insert into t select ${shard}, k, '' from generate_series(1, 100) k`,
          ),
        ),
      );
    }
  });

  test('are written where the role only reads, and where a shard has one place', async () => {
    await drive.direct[0]?.command(
      'alter database postgres set default_transaction_read_only = on',
    );
    try {
      const narrow = drive.dispatcher({ connectionsPerShard: 1, queueTimeoutMs: 100 });
      await withPull(narrow, 0, async ({ snapshot, staging }) => {
        await staging.command(CREATE_X, NEVER);
        expect((await staging.copy(copyOf('select * from t'))).rows).toBe(2 * ROWS_PER_SHARD);
        const another = narrow.openStaging(0, { snapshot, signal: NEVER });
        expect(await failureOf(another)).toBeInstanceOf(TimeoutError);
      });
    } finally {
      await drive.direct[0]?.command('alter database postgres reset default_transaction_read_only');
    }
    await expectSound();
  });
});

describe('a copy that would move too much', () => {
  test.each([
    ['rows', { maxRows: ROWS_PER_SHARD + 5, maxBytes: 1e12 }, /More than 20005 rows/],
    ['bytes', { maxRows: 1e9, maxBytes: 100_000 }, /More than 100000 bytes/],
  ])('in %s is stopped, and says how much it was', async (_, limits, message) => {
    await withPull(dispatcher, 0, async ({ staging }) => {
      await staging.command(CREATE_X, NEVER);
      const error = await failureOf(staging.copy(copyOf('select * from t', { limits })));
      expect(error).toBeInstanceOf(CopyLimitError);
      expect(error.message).toMatch(message);
      const { rows, bytes } = error as CopyLimitError;
      expect(rows > limits.maxRows || bytes > limits.maxBytes).toBe(true);
    });
    await expectSound();
  });

  test('is none when it moves just as much as it may', async () => {
    await withPull(dispatcher, 1, async ({ staging }) => {
      await staging.command(CREATE_X, NEVER);
      const first = await staging.copy(copyOf('select * from t'));
      const limits = { maxRows: first.rows, maxBytes: first.bytes };
      expect(await staging.copy(copyOf('select * from t', { limits }))).toEqual(first);
    });
  });
});
