/** Steps with a merge against real servers, in real threads. */
import { startCluster } from '@millrace/embedded';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PlanStep } from '../plan/distributed-plan.js';
import { iterateBatches } from '../result/batch-cursor.js';
import { type DriveOptions, rowsOf, startStep } from '../testing/dispatch-drive.js';
import {
  ALL,
  BY_KEY,
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

describe('a merge', () => {
  test('makes one sorted stream of sorted shards', async () => {
    const statement = await startStep(dispatcher, ALL, TYPED);
    const rows = await rowsOf(statement);
    expect(rows).toEqual(upTo(ROWS).map((k) => [k, String(k * 10)]));
    const { execution } = statement;
    expect(execution.tags()).toEqual([`SELECT ${ROWS}`]);
    expect(execution.stats().map(({ name, rows }) => [name, rows])).toEqual(
      SHARDS.map((shard) => [`s${shard}`, ROWS / SHARDS.length]),
    );
    expect(execution.operators()).toMatchObject([
      { name: 'merge', rowsIn: ROWS, rowsOut: ROWS, spilledBytes: 0 },
    ]);
    expect(execution.missing()).toEqual([]);
  });

  test('and again, at once, when its statement is known', async () => {
    for (let i = 0; i < 3; i++) expect(keysOf(await merged(ALL))).toEqual(upTo(ROWS));
  });

  test.each([
    ['one thread', { threads: 1 }],
    ['batches of one row', { batchRows: 1 }],
    ['both', { threads: 1, batchRows: 1 }],
    ['more threads than shards', { threads: 4 }],
  ])('with %s', async (_, options) => {
    dispatcher = await shards.open(options);
    expect(keysOf(await merged(ALL))).toEqual(upTo(ROWS));
  });

  test('aggregates', async () => {
    const combine = {
      kind: 'aggregate',
      keys: [{ column: 0, order: 'value' }],
      accumulators: [{ kernel: 'sum int8', columns: [1] }],
    } as const;
    const sql = 'select (k % 3)::int4 as k, count(*) as v from t group by 1';
    const statement = await startStep(
      dispatcher,
      stepOf(sql, { ...GATHER, combine, sort: [BY_KEY] }),
      TYPED,
    );
    expect(await rowsOf(statement)).toEqual([
      [0, '334'],
      [1, '333'],
      [2, '333'],
    ]);
    expect(statement.execution.operators()).toMatchObject([
      { name: 'aggregate', rowsIn: 12, rowsOut: 3 },
    ]);
  });

  test('over one shard, or some', async () => {
    const sql = 'select k, v from t order by k';
    expect(keysOf(await merged(stepOf(sql, ORDERED, [2])))).toEqual(
      upTo(ROWS).filter((k) => k % 4 === 2),
    );
    expect(keysOf(await merged(stepOf(sql, ORDERED, [3, 0])))).toEqual(
      upTo(ROWS).filter((k) => k % 4 === 0 || k % 4 === 3),
    );
  });

  test('leaves out columns that nobody is to see', async () => {
    const statement = await startStep(dispatcher, ALL, {
      columns: [column('renamed', 23)],
      hiddenColumns: 1,
    });
    expect(statement.schema.fields).toEqual([{ name: 'renamed', type: { kind: 'int32' } }]);
    expect(await rowsOf(statement)).toEqual(upTo(ROWS).map((k) => [k]));
  });

  test('is refused where its columns are not those that are to be read', async () => {
    const wrong = { columns: [column('k', 23), column('v', 25)] };
    const error = await failureOf(startStep(dispatcher, ALL, wrong));
    expect(error).toMatchObject({ name: 'InvariantError' });
    expect(error.message).toContain('text, int64');
    await shards.untilIdle();
  });
});

describe('without a merge', () => {
  test('columns are named and hidden, and read as the shards say', async () => {
    const statement = await startStep(
      dispatcher,
      { parts: [{ shard: 1, sql: 'select k, v from t order by k limit 2' }] },
      { columns: [column('renamed', 25)], hiddenColumns: 1 },
    );
    expect(statement.columns).toMatchObject([{ name: 'renamed', dataTypeID: 25 }]);
    expect(await rowsOf(statement)).toEqual([[1], [5]]);
  });
});

describe('a merge that is over early', () => {
  test.each(['cancel', 'drop'] as const)('stops the shards: %s', async (unwanted) => {
    const sql = unwanted === 'cancel' ? ENDLESS : ENDLESS.replace('2000000000', '200000');
    const limit = { offset: 5, count: 10, withTies: false };
    const starter = {
      start: (request: Parameters<Dispatcher['start']>[0]) =>
        dispatcher.start({ ...request, unwanted }),
    };
    const statement = await startStep(starter, stepOf(sql, { ...GATHER, limit }), TYPED);
    expect(await rowsOf(statement)).toHaveLength(10);
    expect(statement.execution.tags()).toEqual(['SELECT 10']);
    await statement.execution.settled();
    await shards.untilIdle();
    const read = statement.execution.stats().map(({ rows }) => rows);
    if (unwanted === 'drop') expect(read).toEqual(SHARDS.map(() => 200_000));
    else for (const rows of read) expect(rows).toBeLessThan(2_000_000);
  });

  test('leaves a snapshot as it is', async () => {
    const snapshot = await dispatcher.openSnapshot(SHARDS, new AbortController().signal);
    const limit = { offset: 0, count: 3, withTies: false };
    const sql = ENDLESS.replace('2000000000', '200000');
    expect(
      await rowsOf(await startStep(snapshot, stepOf(sql, { ...GATHER, limit }), TYPED)),
    ).toHaveLength(3);
    expect(keysOf(await rowsOf(await startStep(snapshot, ALL, TYPED)))).toEqual(upTo(ROWS));
    await snapshot.close();
  });
});

describe('rows of a merge', () => {
  test('are read from the shards only as they are taken', async () => {
    const batchRows = 100;
    dispatcher = await shards.open({ threads: 2, batchRows });
    let taken = 0;
    let most = 0;
    const onProgress = ({ rows, shard }: { rows: number; shard: string }): void => {
      expect(shard).toMatch(/^s\d$/);
      most = Math.max(most, rows - taken / SHARDS.length);
    };
    const statement = await startStep(dispatcher, stepOf(ENDLESS, ORDERED), {
      ...TYPED,
      onProgress,
    });
    let batches = 0;
    for await (const { batch } of iterateBatches(statement.execution, statement.schema, {
      toRows: statement.toRows,
    })) {
      taken += batch.rowCount;
      if (++batches === 500) break;
    }
    await statement.stop();
    // Four under way to the merge, one in it, and the four that it may have under way itself.
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(batchRows * 10);
  });
});
