/** Whole tasks against a real server, their consumer on this thread. */
import { MessageChannel } from 'node:worker_threads';
import { Batch, type Schema } from '@millrace/batch';
import { type Cluster, startCluster } from '@millrace/embedded';
import { ResultReader } from '@millrace/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ConnectionCache } from './connection-cache.js';
import { ExchangeReader } from './exchange/exchange-reader.js';
import type { Described, Ended, Failed, ShardTask } from './protocol.js';
import { allocateLedger } from './session-ledger.js';
import { runShardTask, type ShardTaskContext } from './shard-task.js';

let cluster: Cluster;
let context: ShardTaskContext;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
});

afterAll(async () => {
  await cluster?.stop();
});

beforeEach(() => {
  const address = { url: cluster.urls[0]!, connectTimeoutMs: 20_000, session: {}, readBytes: 0 };
  const shards = [{ name: 'shard0', address }];
  context = {
    settings: {
      shards,
      connectionsPerShard: 4,
      verify: true,
      cancelGraceMs: 20_000,
      ledger: allocateLedger(4),
    },
    connections: new ConnectionCache(shards, 4),
    typeNames: new Map(),
  };
});

afterEach(async () => {
  await context.connections.close();
});

interface Consumed {
  readonly described: Described | undefined;
  readonly rows: unknown[][];
  readonly last: Ended | Failed | 'lost';
}

const LIMITS = { maxRows: 100, maxBytes: 1 << 16 };

/** Runs a task to its end as the protocol says; `on` may do otherwise. */
async function consume(
  sql: string,
  on: {
    task?: Partial<ShardTask>;
    described?: (reader: ExchangeReader) => void;
    batch?: (reader: ExchangeReader, buffer: SharedArrayBuffer) => void;
  } = {},
): Promise<Consumed> {
  const { port1, port2 } = new MessageChannel();
  const rows: unknown[][] = [];
  let described: Described | undefined;
  let schema: Schema;
  const last = new Promise<Consumed['last']>((resolve) => {
    const reader = new ExchangeReader(port2, {
      described: (message) => {
        described = message;
        schema = new ResultReader(message.columns, LIMITS).schema;
        (on.described ?? ((it) => it.run()))(reader);
      },
      batch: ({ buffer }) => {
        const { vectors, rowCount } = new Batch(schema, buffer);
        for (let row = 0; row < rowCount; row++) rows.push(vectors.map((vector) => vector.at(row)));
        (on.batch ?? ((it, back) => it.credit(back)))(reader, buffer);
      },
      ended: resolve,
      failed: resolve,
      lost: () => resolve('lost'),
    });
  });
  const task: ShardTask = {
    ...{ kind: 'shard', shard: 0, sql, parameters: [], limits: LIMITS, credits: 2, port: port1 },
    servers: [0],
    expected: undefined,
    tied: undefined,
    ...on.task,
  };
  const settled = runShardTask(task, context);
  const outcome = { last: await last, rows, described };
  await settled;
  return outcome;
}

async function expectFree(): Promise<void> {
  expect(context.connections.statistics()[0]!.busy).toBe(0);
  const { rows } = await consume('select 42');
  expect(rows).toEqual([[42]]);
  expect(context.connections.statistics()[0]).toEqual({ idle: 1, busy: 0 });
}

describe('a task', () => {
  test('is described, run and ended, through recycled buffers', async () => {
    const { described, rows, last } = await consume(
      "select i, 'row ' || i from generate_series(1, 5000) i",
    );
    expect(described).toMatchObject({
      columns: [{ name: 'i' }, { name: '?column?' }],
      parameters: [],
    });
    expect(rows).toEqual(Array.from({ length: 5000 }, (_, i) => [i + 1, `row ${i + 1}`]));
    expect(last).toMatchObject({
      kind: 'ended',
      completion: { tag: 'SELECT 5000', rowCount: 5000 },
    });
    await expectFree();
  });

  test('without rows has no time of a first one', async () => {
    const { last } = await consume('select 1 where false');
    expect(last).toMatchObject({ kind: 'ended', firstRowMs: undefined });
  });

  test('names the types that users defined', async () => {
    await consume("create type mood as enum ('ok')");
    for (let i = 0; i < 2; i++) {
      const { described, rows } = await consume("select 'ok'::mood");
      expect([...described!.typeNames.values()]).toEqual(['mood']);
      expect(rows).toEqual([['ok']]);
    }
  });

  test('that the server does not accept fails before it is described', async () => {
    const { described, last } = await consume('select nonsense');
    expect(described).toBeUndefined();
    expect(last).toMatchObject({
      kind: 'failed',
      accepted: false,
      error: { kind: 'server', code: '42703' },
    });
    await expectFree();
  });

  test('that fails while it runs says that it was accepted', async () => {
    const { last } = await consume('select 1 / (i - 500) from generate_series(1, 1000) i');
    expect(last).toMatchObject({ kind: 'failed', accepted: true, error: { code: '22012' } });
    await expectFree();
  });
});

describe('a task whose statement was described before', () => {
  const SQL = "select i, 'row ' || i as t from generate_series(1, 500) i";
  /** What happens when it is run although nobody says so. */
  const silent = { described: () => undefined };

  test('runs at once, in one round trip, and says so', async () => {
    const { described: expected, rows: reference } = await consume(SQL);
    const { described, rows, last } = await consume(SQL, { ...silent, task: { expected } });
    expect(described).toMatchObject({ waits: false, columns: expected!.columns });
    expect(rows).toEqual(reference);
    expect(last).toMatchObject({ kind: 'ended', completion: { rowCount: 500 } });
    await expectFree();
  });

  test('is described anew, and waits, when its columns have changed', async () => {
    const { described: expected } = await consume('select 1 as i, 2 as t');
    const { described, rows } = await consume(SQL, { task: { expected } });
    expect(described).toMatchObject({ waits: true });
    expect(rows).toHaveLength(500);
    await expectFree();
  });

  test('takes another connection when the idle one is lost', async () => {
    const { described: expected } = await consume(SQL);
    const lost = await context.connections.acquire(0);
    context.connections.release(0, lost);
    await consume('select 1');
    const other = new ConnectionCache(context.settings.shards, 1);
    const killer = await other.acquire(0);
    await killer.command(`select pg_terminate_backend(${lost.key.processId}, 10000)`);
    other.release(0, killer);
    await other.close();
    const { rows } = await consume(SQL, { task: { expected } });
    expect(rows).toHaveLength(500);
    await expectFree();
  });

  test('that the server no longer accepts fails as one that was not accepted', async () => {
    await consume('create table goes (i int)');
    const { described: expected } = await consume('select i from goes');
    await consume('drop table goes');
    const { last, described } = await consume('select i from goes', {
      ...silent,
      task: { expected },
    });
    expect(described).toBeUndefined();
    expect(last).toMatchObject({ kind: 'failed', accepted: false, error: { code: '42P01' } });
    await expectFree();
  });
});

describe('a cancel', () => {
  const ENDLESS = "select repeat('x', 1000), generate_series(1, 100000000)";
  const CANCELLED = { kind: 'failed', error: { kind: 'cancelled', code: 'MILLRACE_CANCELLED' } };

  test('instead of running', async () => {
    const { last, rows } = await consume('select 1', { described: (reader) => reader.cancel() });
    expect(last).toMatchObject(CANCELLED);
    expect(rows).toEqual([]);
    await expectFree();
  });

  test('in the middle of rows', async () => {
    const { last } = await consume(ENDLESS, { batch: (reader) => reader.cancel() });
    expect(last).toMatchObject(CANCELLED);
    await expectFree();
  });

  test('while the task waits for credit', async () => {
    let batches = 0;
    const { last } = await consume(ENDLESS, {
      batch: (reader) => {
        batches++;
        if (batches === 2) reader.cancel();
      },
    });
    expect([last, batches]).toMatchObject([CANCELLED, 2]);
    await expectFree();
  });

  test('by a consumer that is gone', async () => {
    const { port1, port2 } = new MessageChannel();
    const task: ShardTask = {
      ...{ kind: 'shard', shard: 0, sql: ENDLESS, parameters: [], limits: LIMITS, credits: 2 },
      servers: [0],
      port: port1,
      expected: undefined,
      tied: undefined,
    };
    const settled = runShardTask(task, context);
    port2.on('message', ({ kind }: { kind: string }) => {
      if (kind === 'described') port2.postMessage({ kind: 'run' });
      else port2.close();
    });
    await settled;
    await expectFree();
  });
});
