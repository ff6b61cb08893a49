/** Merges that do not come to their end: failures, cancels, and what dies, in each phase. */
import { startCluster } from '@millrace/embedded';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CancelledError, MergeError, ShardError, SqlError } from '../errors.js';
import type { PlanStep } from '../plan/distributed-plan.js';
import { iterateBatches } from '../result/batch-cursor.js';
import { type DriveOptions, rowsOf, startStep } from '../testing/dispatch-drive.js';
import {
  ALL,
  column,
  ENDLESS,
  failureOf,
  GATHER,
  keysOf,
  NumberShards,
  ORDERED,
  ROWS,
  SHARDS,
  stepOf,
  TYPED,
  upTo,
} from '../testing/number-shards.js';
import type { Dispatcher } from './dispatcher.js';

let shards: NumberShards;
let dispatcher: Dispatcher;

beforeAll(async () => {
  shards = await NumberShards.start(await startCluster({ shards: SHARDS.length }));
});
afterAll(() => shards?.stop());
beforeEach(async () => {
  dispatcher = await shards.open();
});
/** Whatever happened, the next statement works and nothing is left running. */
afterEach(async () => {
  expect(keysOf(await merged(stepOf('select 1::int4 as k, 1::int8 as v', ORDERED)))).toHaveLength(
    4,
  );
  await shards.closeAll();
  expect(shards.threads).toEqual([]);
});

async function merged(step: PlanStep, options: DriveOptions = TYPED): Promise<unknown[][]> {
  return rowsOf(await startStep(dispatcher, step, options));
}

/** One that begins to answer, and goes on slowly. */
const SLOW =
  'select k::int4, pg_sleep(case when k < 3 then 0 else 30 end)::text as v from generate_series(1, 1000) as k';
const SLOW_COLUMNS = { columns: [column('k', 23), column('v', 25)] };

describe('a failure', () => {
  test('of the statement, on every shard', async () => {
    const error = await failureOf(merged(stepOf('select nonsense', GATHER)));
    expect(error).toBeInstanceOf(SqlError);
    expect(error).toMatchObject({ code: '42703' });
  });

  test('of a shard that is not like the others', async () => {
    const error = await failureOf(merged(stepOf('select a as k, 1::int8 as v from only2', GATHER)));
    expect(error).toBeInstanceOf(ShardError);
    expect(error).toMatchObject({ shard: 's0', code: '42P01' });
  });

  test('of a shard while it runs', async () => {
    const sql = 'select k, v / (case when k = 501 then 0 else 1 end) as v from t';
    const parts = SHARDS.map((shard) => ({ shard, sql: shard === 1 ? sql : ENDLESS }));
    const error = await failureOf(merged({ parts, merge: GATHER }));
    expect(error).toMatchObject({ code: '22012', shard: 's1' });
    await shards.untilIdle();
  });

  test('of a session that its server ends', async () => {
    const failed = failureOf(merged(stepOf(SLOW, GATHER), SLOW_COLUMNS));
    await shards.untilRunning((count) => count === SHARDS.length);
    await shards.terminate(3);
    expect(await failed).toMatchObject({ name: 'ShardError', shard: 's3', code: '57P01' });
    await shards.untilIdle();
  });
});

describe('a cancel', () => {
  test.each([
    ['before its shards agree', 0],
    ['while its shards run', SHARDS.length],
  ])('%s', async (_, active) => {
    const controller = new AbortController();
    const { signal } = controller;
    const failed = failureOf(merged(stepOf(SLOW, ORDERED), { ...SLOW_COLUMNS, signal }));
    await shards.untilRunning((count) => count >= active);
    controller.abort();
    expect(await failed).toBeInstanceOf(CancelledError);
    await shards.untilIdle();
  });

  test('of a stream that is left', async () => {
    const statement = await startStep(dispatcher, stepOf(ENDLESS, ORDERED), TYPED);
    expect(await statement.execution.next()).toBeDefined();
    await statement.stop();
    await shards.untilIdle();
  });
});

describe('a thread that dies', () => {
  /** Two threads: shards 1 and 3 are on the second, the first merge on the first one. */
  test('with the merge', async () => {
    const failed = failureOf(merged(stepOf(SLOW, GATHER, [1, 3]), SLOW_COLUMNS));
    await shards.untilRunning((count) => count === 2);
    await shards.threads[0]?.terminate();
    const error = await failed;
    expect(error).toBeInstanceOf(MergeError);
    expect(error).toMatchObject({ code: 'MILLRACE_THREAD_LOST' });
    await shards.untilIdle();
  });

  test('with a shard', async () => {
    const failed = failureOf(merged(stepOf(SLOW, GATHER), SLOW_COLUMNS));
    await shards.untilRunning((count) => count === SHARDS.length);
    await shards.threads[1]?.terminate();
    expect(await failed).toMatchObject({
      name: 'ShardError',
      shard: 's1',
      code: 'MILLRACE_THREAD_LOST',
    });
    await shards.untilIdle();
  });

  test('with the merge and a shard', async () => {
    const failed = failureOf(merged(stepOf(SLOW, GATHER), SLOW_COLUMNS));
    await shards.untilRunning((count) => count === SHARDS.length);
    await shards.threads[0]?.terminate();
    expect(await failed).toMatchObject({
      name: 'ShardError',
      shard: 's0',
      code: 'MILLRACE_THREAD_LOST',
    });
    await shards.untilIdle();
  });
});

describe('lost shards that may be passed over', () => {
  const SKIP = { ...TYPED, shardErrors: 'skip' } as const;
  const others = upTo(ROWS).filter((k) => k % 4 !== 2);

  test('are left out when they are away from the start', async () => {
    const urls = [...shards.urls];
    urls[2] = 'postgres://nobody@127.0.0.1:1/nothing';
    dispatcher = await shards.open({
      threads: 2,
      shards: urls.map((url, i) => ({ url, name: `s${i}` })),
      shardErrors: 'skip',
    });
    const statement = await startStep(dispatcher, ALL, SKIP);
    expect(keysOf(await rowsOf(statement))).toEqual(others);
    expect(statement.execution.missing()).toMatchObject([{ shard: 's2' }]);
    dispatcher = await shards.open();
  });

  /** Numbers by shards, as in the table, but more of them; the third shard's do not come to their end. */
  const MANY = 8000;
  const LATE: PlanStep = {
    parts: SHARDS.map((shard) => ({
      shard,
      sql: `select g * 4 + ${shard} as k, case when ${shard} = 2 and g = 1500 then length(pg_sleep(30)::text) end::int8 as v
        from generate_series(0, ${MANY / 4 - 1}) as g`,
    })),
    merge: ORDERED,
  };
  /** One row from each shard, and the third has no end. */
  const STUCK = `select k, v from t where k < 4
    union all select k, v from t where case when k = 502 then pg_sleep(30) is not null end`;

  test('are left out when they are lost while they run, with the rows that had come', async () => {
    const statement = await startStep(dispatcher, LATE, SKIP);
    const { execution, schema, toRows } = statement;
    const parts: unknown[][] = Array.from({ length: execution.partCount }, () => []);
    for await (const { batch, part } of iterateBatches(execution, schema, { toRows })) {
      if (parts[0]?.length === 0) await shards.terminate(2);
      for (const [k] of batch.toRows() as unknown as unknown[][]) parts[part]?.push(k);
    }
    expect(parts.map(({ length }) => length > 0)).toEqual([true, true, false, false]);
    const present = upTo(MANY).filter((k) => k % 4 !== 2);
    expect(parts.filter((_, part) => !execution.isMissing(part))).toEqual([present]);
    expect(statement.execution.missing()).toMatchObject([
      { shard: 's2', error: { code: '57P01' } },
    ]);
    expect(statement.execution.stats().map(({ name, rows: count }) => [name, count])).toEqual([
      ['s0', MANY / 4],
      ['s1', MANY / 4],
      ['s2', 0],
      ['s3', MANY / 4],
    ]);
  });

  test('are left out of a stream that has handed out nothing, and fail one that has', async () => {
    const streamed = { ...SKIP, keepsAll: false };
    for (const handedOut of [false, true]) {
      const statement = await startStep(dispatcher, stepOf(STUCK, GATHER), streamed);
      if (handedOut) await statement.execution.next();
      await shards.untilRunning((count) => count === 1);
      await shards.terminate(2);
      await statement.execution.settled();
      if (handedOut) {
        const drain = async (): Promise<void> => {
          while ((await statement.execution.next()) !== undefined);
        };
        expect(await failureOf(drain())).toMatchObject({ name: 'ShardError', shard: 's2' });
      } else {
        expect(keysOf(await rowsOf(statement)).sort()).toEqual([0, 1, 3]);
        expect(statement.execution.missing()).toMatchObject([{ shard: 's2' }]);
      }
    }
  });

  test('fail a merge in a snapshot by a signal that names them', async () => {
    const snapshot = await dispatcher.openSnapshot(SHARDS, new AbortController().signal);
    const statement = await startStep(snapshot, LATE, SKIP);
    const failed = failureOf(rowsOf(statement));
    await shards.untilRunning((count) => count > 0);
    await shards.terminate(2);
    expect(await failed).toMatchObject({
      name: 'ShardError',
      shard: 's2',
      missing: [{ shard: 's2' }],
    });
    await snapshot.close();
  });
});
