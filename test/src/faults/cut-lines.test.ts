/** Lines that break, or go silent, in each phase of the protocol: an error that names the shard, or the whole answer. */
import type { Cluster } from '@millrace/embedded';
import { connect, type Database, ShardError, TimeoutError } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { allSessionsOf, untilIdle } from '../support/activity.js';
import { askAll } from '../support/ask.js';
import { eventually, failureOf, within } from '../support/eventually.js';
import { type Fault, FaultProxy } from '../support/fault-proxy.js';
import { startOwnShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const APPLICATION = 'millrace-cut-lines';
const HANG_MS = 30_000;
const ROWS = 20_000;
const SQL = `select i, mood, repeat('x', 20) as x from generate_series(1, ${ROWS}) i, feelings`;

type Phase = Omit<Fault, 'kind'>;

let cluster: Cluster;
let proxy: FaultProxy;
let db: Database | undefined;

beforeAll(async () => {
  cluster = await startOwnShards(2, { host: 'tcp' });
  proxy = await FaultProxy.start(cluster.urls[1] as string);
  // A type of its own: then describing asks the catalog, too.
  await askAll(
    cluster.urls,
    "create type mood as enum ('well'); create table feelings as select 'well'::mood as mood",
  );
});
afterAll(async () => {
  await proxy?.close();
  await cluster?.stop();
});
afterEach(async () => {
  proxy.disarm();
  await within(HANG_MS, 'close', Promise.resolve(db?.close()));
  db = undefined;
  await eventually(async () => {
    const left = await allSessionsOf(cluster.urls, APPLICATION);
    return left.length === 0 && proxy.lineCount === 0 ? undefined : [left, proxy.lineCount];
  }, 10_000);
});

const open = async (): Promise<Database> => {
  const shards = [
    { url: cluster.urls[0] as string, name: 's0' },
    { url: proxy.url, name: 's1' },
  ];
  db = await connect({ shards, application_name: APPLICATION });
  return db;
};

/** The whole answer, or an error of the shard: nothing between. */
async function wholeOrFailed(
  database: Database,
  sql = SQL,
  rows = ROWS,
): Promise<'whole' | 'failed'> {
  let seen = 0;
  try {
    seen = (await within(HANG_MS, 'the call', database.query(sql, [], UNION))).rowCount ?? 0;
  } catch (error) {
    expect(error).toBeInstanceOf(ShardError);
    expect((error as ShardError).shard).toBe('s1');
    return 'failed';
  }
  expect(seen).toBe(2 * rows);
  return 'whole';
}

const LOGIN: [string, Phase][] = [
  ['at the first message', { from: 'client', type: 'startup' }],
  ['when it asks for the password', { from: 'server', type: 'R' }],
  ['in the middle of its greeting', { from: 'server', type: 'S', nth: 3, passBytes: 4 }],
  ['before it is ready', { from: 'server', type: 'Z' }],
  ['when the session is set up', { from: 'client', type: 'Q' }],
  ['in the answer to that', { from: 'server', type: 'D', passBytes: 9 }],
  ['before it is ready again', { from: 'server', type: 'Z', nth: 2 }],
];

/** Of a statement's first run, which is described first, with what becomes of it. */
const STATEMENT: [string, Phase, 'whole' | 'failed'][] = [
  ['when the statement is sent', { from: 'client', type: 'P' }, 'whole'],
  ['before it is parsed', { from: 'server', type: '1' }, 'whole'],
  ['in the middle of its columns', { from: 'server', type: 'T', passBytes: 11 }, 'whole'],
  ['before the description ends', { from: 'server', type: 'Z' }, 'whole'],
  ['when the catalog is asked', { from: 'client', type: 'P', nth: 2 }, 'failed'],
  ['when it is to run', { from: 'client', type: 'B', nth: 2 }, 'failed'],
  ['before its first row', { from: 'server', type: 'D', nth: 2 }, 'failed'],
  ['in the middle of a row', { from: 'server', type: 'D', nth: 9_999, passBytes: 17 }, 'failed'],
  ['between two rows', { from: 'server', type: 'D', nth: 10_000, passBytes: 0 }, 'failed'],
  ['after all rows', { from: 'server', type: 'C', nth: 2 }, 'failed'],
  ['in its last message', { from: 'server', type: 'Z', nth: 4, passBytes: 5 }, 'failed'],
];

describe.each(['reset', 'cut'] as const)('a line that is %s', (kind) => {
  test.each(LOGIN)('%s: connect says so, and leaves nothing open', async (_, phase) => {
    proxy.arm({ ...phase, kind });
    const before = proxy.struck;
    const error = await failureOf<ShardError>(within(HANG_MS, 'connect', open()));
    expect(proxy.struck).toBe(before + 1);
    expect(error).toBeInstanceOf(ShardError);
    expect(error.shard).toBe('s1');
    expect(error.message).toContain('127.0.0.1');
  });

  test.each(STATEMENT)('%s', async (_, phase, outcome) => {
    const database = await open();
    const before = proxy.struck;
    proxy.arm({ ...phase, kind });
    expect(await wholeOrFailed(database)).toBe(outcome);
    expect(proxy.struck).toBe(before + 1);
    expect(await wholeOrFailed(database), 'the next statement').toBe('whole');
    await untilIdle(cluster.urls, APPLICATION, 1_000);
  });

  test('while it lies idle: nobody notices', async () => {
    const database = await open();
    for (const sql of [SQL, 'select 1', 'select 1']) {
      await database.query(sql, [], UNION);
      proxy.strike(kind);
    }
    expect(await wholeOrFailed(database, 'select 1', 1)).toBe('whole');
  });

  test('when the session is made new: the statement before it had its answer, the next one has', async () => {
    const database = await open();
    const before = proxy.struck;
    proxy.arm({ from: 'client', type: 'Q', kind });
    await database.query("set work_mem to '1MB'", [], UNION);
    expect(await wholeOrFailed(database)).toBe('whole');
    expect(proxy.struck).toBe(before + 1);
  });

  test('at each message of a statement that is known: the whole answer, or an error', async () => {
    const database = await open();
    const outcomes: string[] = [];
    for (const from of ['client', 'server'] as const) {
      for (const type of from === 'client' ? 'PBES' : '12TDCZ') {
        for (const passBytes of [0, 3, 5]) {
          const sql = `select i from generate_series(1, 50) i where '${kind}${from}${type}${passBytes}' <> ''`;
          await wholeOrFailed(database, sql, 50);
          proxy.arm({ from, type, kind, passBytes });
          outcomes.push(await wholeOrFailed(database, sql, 50));
          proxy.disarm();
        }
      }
    }
    expect(new Set(outcomes)).toEqual(new Set(['whole', 'failed']));
  });
});

describe('a line that goes silent', () => {
  test('in any phase of a login: connect gives up in time', async () => {
    const lines = LOGIN.map(async ([, phase]) => {
      const own = await FaultProxy.start(cluster.urls[1] as string);
      own.arm({ ...phase, kind: 'silence' });
      const opening = connect({ shards: [{ url: own.url, name: 's1' }], connectTimeoutMs: 2_000 });
      const error = await failureOf<ShardError>(within(HANG_MS, 'connect', opening));
      expect(own.struck).toBe(1);
      expect(error).toMatchObject({ shard: 's1', code: 'ETIMEDOUT' });
      expect(error.message).toContain('2000 ms');
      await own.close();
    });
    await Promise.all(lines);
  });

  test('in any phase of a statement: timeoutMs ends the call, and others go on', async () => {
    const lines = STATEMENT.map(async ([, phase]) => {
      const own = await FaultProxy.start(cluster.urls[1] as string);
      const shards = [cluster.urls[0] as string, { url: own.url, name: 's1' }];
      const database = await connect({ shards, threads: 1, application_name: APPLICATION });
      own.arm({ ...phase, kind: 'silence' });
      const call = database.query(SQL, [], { ...UNION, timeoutMs: 5_000 });
      const error = await failureOf(within(HANG_MS, 'the call', call));
      expect(own.struck).toBe(1);
      expect(error).toBeInstanceOf(TimeoutError);
      expect(await wholeOrFailed(database), 'the next statement').toBe('whole');
      await within(HANG_MS, 'close', database.close());
      await own.close();
    });
    await Promise.all(lines);
  });

  test('when the session is made new: the statement has its answer, others go on, close ends', async () => {
    const database = await open();
    proxy.arm({ from: 'client', type: 'Q', kind: 'silence' });
    await within(HANG_MS, 'the setting', database.query("set work_mem to '1MB'", [], UNION));
    expect(await wholeOrFailed(database)).toBe('whole');
  });
});
