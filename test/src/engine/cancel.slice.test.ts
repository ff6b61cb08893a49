/** Ending a statement early, in every way there is. Afterwards the servers are idle and the connections are the same. */
import {
  CancelledError,
  ConfigurationError,
  connect,
  type Database,
  TimeoutError,
} from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { allSessionsOf, untilIdle, untilRunning } from '../support/activity.js';
import { withClient } from '../support/ask.js';
import { failureOf, within } from '../support/eventually.js';
import { startShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const APPLICATION = 'millrace-cancel-slice';
const ENDLESS = "select generate_series(1, 2000000000) as i, repeat('old', 20) as late";
const HANG_MS = 20_000;

let servers: Awaited<ReturnType<typeof startShards>>;
let db: Database;
let pids: number[];

const pidsNow = async (): Promise<number[]> =>
  (await allSessionsOf(servers.urls, APPLICATION)).map(({ pid }) => pid);

beforeAll(async () => {
  servers = await startShards(2);
  db = await connect({
    shards: [...servers.urls],
    application_name: APPLICATION,
    connectionsPerShard: 1,
  });
  await withClient(servers.urls[0] as string, (client) =>
    client.query('create table locked (n int)'),
  );
  await withClient(servers.urls[1] as string, (client) =>
    client.query('create table if not exists locked (n int)'),
  );
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});

beforeEach(async () => {
  pids = await pidsNow();
});
afterEach(async () => {
  await untilIdle(servers.urls, APPLICATION, 1_000);
  const { rows } = await within(
    HANG_MS,
    'the next statement',
    db.query("select 'new' as row", [], UNION),
  );
  expect(rows).toEqual(servers.urls.map(() => ({ row: 'new' })));
  expect(await pidsNow(), 'the same backends are used on').toEqual(pids);
});

test('a signal aborted before the call: nothing is sent', async () => {
  const reason = new Error('my reason');
  const error = await failureOf<CancelledError>(
    db.query('create table never ()', [], { ...UNION, signal: AbortSignal.abort(reason) }),
  );
  expect(error).toBeInstanceOf(CancelledError);
  expect(error).toMatchObject({ code: 'MILLRACE_CANCELLED', cause: reason });
  await db.query('create table never ()', [], UNION);
  await db.query('drop table never', [], UNION);
});

test('a signal aborted in the same turn as the call', async () => {
  const controller = new AbortController();
  const call = db.query('select pg_sleep(6)', [], { ...UNION, signal: controller.signal });
  controller.abort();
  expect(await failureOf(within(HANG_MS, 'the cancelled call', call))).toBeInstanceOf(
    CancelledError,
  );
});

test('a signal aborted while the servers compute', async () => {
  const controller = new AbortController();
  const call = db.query('select pg_sleep(6)', [], { ...UNION, signal: controller.signal });
  const failed = failureOf(within(HANG_MS, 'the cancelled call', call));
  await untilRunning(servers.urls, APPLICATION, /pg_sleep/);
  controller.abort();
  expect(await failed).toBeInstanceOf(CancelledError);
});

test('a signal aborted while a server checks the statement', async () => {
  await withClient(servers.urls[0] as string, async (client) => {
    await client.query('begin; lock table locked in access exclusive mode');
    const controller = new AbortController();
    const call = db.query('select * from locked', [], { ...UNION, signal: controller.signal });
    const failed = failureOf(within(HANG_MS, 'the cancelled call', call));
    await untilRunning(servers.urls.slice(0, 1), APPLICATION, /from locked/);
    controller.abort();
    expect(await failed).toBeInstanceOf(CancelledError);
    await client.query('rollback');
  });
});

test('a signal aborted while the statement waits for a connection', async () => {
  const holder = db.stream(ENDLESS, [], UNION);
  await holder.next();
  const controller = new AbortController();
  const call = db.query('select 1', [], { ...UNION, signal: controller.signal });
  controller.abort();
  expect(await failureOf(within(HANG_MS, 'the waiting call', call))).toBeInstanceOf(CancelledError);
  expect((await holder.next()).done, 'the statement before it runs on').toBe(false);
  await holder.return();
});

test('a signal aborted in the middle of a stream', async () => {
  const controller = new AbortController();
  const read = async (): Promise<void> => {
    for await (const _ of db.stream(ENDLESS, [], { ...UNION, signal: controller.signal }))
      controller.abort();
  };
  expect(await failureOf(within(HANG_MS, 'the stream', read()))).toBeInstanceOf(CancelledError);
});

test('a signal aborted after the end changes nothing', async () => {
  const controller = new AbortController();
  const { rows } = await db.query('select 1 as one', [], { ...UNION, signal: controller.signal });
  controller.abort();
  expect(rows).toEqual(servers.urls.map(() => ({ one: 1 })));
});

test('timeoutMs ends a statement that computes, and one that streams', async () => {
  const waited = await failureOf(
    within(HANG_MS, 'the call', db.query('select pg_sleep(6)', [], { ...UNION, timeoutMs: 50 })),
  );
  expect(waited).toBeInstanceOf(TimeoutError);
  expect(waited.message).toContain('50 ms');
  const read = async (): Promise<void> => {
    for await (const batch of db.stream(ENDLESS, [], { ...UNION, timeoutMs: 100 }))
      expect(batch.rowCount).toBeGreaterThan(0);
  };
  expect(await failureOf(within(HANG_MS, 'the stream', read()))).toBeInstanceOf(TimeoutError);
});

test('leaving the loop, by break and by an error of its own', async () => {
  for await (const _ of db.stream(ENDLESS, [], UNION)) break;
  const own = new Error('mine');
  const read = async (): Promise<void> => {
    for await (const _ of db.stream(ENDLESS, [], UNION)) throw own;
  };
  expect(await failureOf(within(HANG_MS, 'the stream', read()))).toBe(own);
});

test('what onProgress throws ends the call', async () => {
  const own = new Error('enough');
  const call = db.query(ENDLESS, [], {
    ...UNION,
    onProgress: () => {
      throw own;
    },
  });
  expect(await failureOf(within(HANG_MS, 'the call', call))).toBe(own);
});

test('a call option that cannot work is named', async () => {
  for (const [option, value] of Object.entries({
    timeoutMs: -1,
    signal: {},
    mode: 'both',
    rowMode: 'list',
  })) {
    const error = await failureOf(db.query('select 1', [], { ...UNION, [option]: value } as never));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain(`'${option}'`);
  }
});
