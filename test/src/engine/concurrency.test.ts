/** Many statements at the same time over few connections. */
import { connect, type Database, TimeoutError } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allSessionsOf } from '../support/activity.js';
import { failureOf, within } from '../support/eventually.js';
import { testSeed } from '../support/seed.js';
import { startShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const APPLICATION = 'millrace-concurrency';
const HANG_MS = 30_000;
const { seed, below } = testSeed();

let servers: Awaited<ReturnType<typeof startShards>>;
let db: Database;

beforeAll(async () => {
  servers = await startShards(3);
});
afterAll(() => servers?.stop());

describe.each([1, 2])('with connectionsPerShard %i', (connectionsPerShard) => {
  beforeEach(async () => {
    db = await connect({
      shards: [...servers.urls],
      connectionsPerShard,
      application_name: APPLICATION,
      queueTimeoutMs: HANG_MS,
    });
  });
  afterEach(() => db?.close());

  test(`50 statements at once all get their own rows (seed ${seed})`, async () => {
    const calls = Array.from({ length: 50 }, async (_, id) => {
      const count = below(3_000);
      const sql = `select ${id} as id, i from generate_series(1, $1::int) i`;
      const expected = servers.urls.flatMap(() =>
        Array.from({ length: count }, (_, i) => ({ id, i: i + 1 })),
      );
      if (id % 3 > 0) {
        expect((await db.query(sql, [count], UNION)).rows).toEqual(expected);
        return;
      }
      const byShard: Record<string, unknown[]> = {};
      for await (const batch of db.stream(sql, [count], UNION)) {
        byShard[String(batch.shard)] = [...(byShard[String(batch.shard)] ?? []), ...batch.toRows()];
      }
      expect(servers.urls.flatMap((_, shard) => byShard[`shard${shard}`] ?? [])).toEqual(expected);
    });
    await within(HANG_MS, '50 statements', Promise.all(calls));
    const sessions = await allSessionsOf(servers.urls, APPLICATION);
    expect(sessions.length).toBeLessThanOrEqual(servers.urls.length * connectionsPerShard);
  });
});

describe('statements that wait', () => {
  afterEach(() => db?.close());

  const open = async (connectionsPerShard: number, queueTimeoutMs: number): Promise<void> => {
    db = await connect({ shards: [...servers.urls], connectionsPerShard, queueTimeoutMs });
  };
  const LONG = "select generate_series(1, 400000) as i, repeat('x', 50) as x";

  test('a stream inside a stream runs when there are two connections a shard', async () => {
    await open(2, HANG_MS);
    let inner = 0;
    const nested = async (): Promise<void> => {
      for await (const _ of db.stream(LONG, [], UNION)) {
        for await (const batch of db.stream('select generate_series(1, 5000)', [], UNION))
          inner += batch.rowCount;
        if (inner >= servers.urls.length * 50_000) break;
      }
    };
    await within(HANG_MS, 'the nested streams', nested());
    expect(inner).toBe(servers.urls.length * 50_000);
  });

  test('with one connection the inner one is told so in time, and the outer one goes on', async () => {
    await open(1, 100);
    const outer = db.stream(LONG, [], UNION);
    await outer.next();
    const error = await failureOf(within(HANG_MS, 'the inner', db.query('select 1', [], UNION)));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.code).toBe('MILLRACE_TIMEOUT');
    expect(error.message).toMatch(/100 ms.*queueTimeoutMs.*connectionsPerShard/);
    let rows = 0;
    for await (const batch of outer) rows += batch.rowCount;
    expect(rows).toBeGreaterThan(servers.urls.length * 300_000);
    expect((await db.query('select 1', [], UNION)).rowCount).toBe(servers.urls.length);
  });

  test('the time in the queue counts for timeoutMs', async () => {
    await open(1, HANG_MS);
    const outer = db.stream(LONG, [], UNION);
    await outer.next();
    const call = db.query('select 1', [], { ...UNION, timeoutMs: 100 });
    const error = await failureOf(within(HANG_MS, 'the waiting call', call));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toContain('timeoutMs');
    await outer.return();
  });

  test('a stream that is never read holds nothing', async () => {
    await open(1, 2_000);
    const never = db.stream(LONG, [], UNION);
    expect((await db.query('select 1', [], UNION)).rowCount).toBe(servers.urls.length);
    await never.return();
  });
});

test('while a large result becomes rows, the event loop has its turns', async () => {
  db = await connect({ shards: [...servers.urls] });
  try {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const { rowCount } = await db.query(
      'select i, i::text as a, md5(i::text) as b, now() as t from generate_series(1, 100000) i',
      [],
      UNION,
    );
    clearInterval(timer);
    expect(rowCount).toBe(servers.urls.length * 100_000);
    // Whole seconds would pass without turns; a machine that is busy may take some of them away.
    expect(longest).toBeLessThan(400);
  } finally {
    await db.close();
  }
});
