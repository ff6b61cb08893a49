/** Batches in shared memory: how long they are valid, that their buffers go round, and Arrow over the same memory. */
import { type Batch, connect, type Database, UnsupportedError } from '@millrace/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askAll } from '../support/ask.js';
import { failureOf } from '../support/eventually.js';
import { startShards } from '../support/start-shards.js';

const UNION = { mode: 'union' } as const;
const LONG =
  "select i, i * 2 as twice, 'row ' || i as label from (select generate_series(1, 300000) as i) g";

let servers: Awaited<ReturnType<typeof startShards>>;
let db: Database;

beforeAll(async () => {
  servers = await startShards(2);
  db = await connect({ shards: [...servers.urls], batchRows: 1_000 });
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});

test('a batch is valid until the next one, and says so when it is read later', async () => {
  let previous: Batch | undefined;
  for await (const batch of db.stream(LONG, [], UNION)) {
    if (previous !== undefined) {
      const { vectors } = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(previous));
      expect(() => vectors?.get?.call(previous)).toThrow(/retain/);
      expect(() => previous?.toRows()).toThrow(/retain/);
      expect(() => previous?.retain()).toThrow();
      break;
    }
    previous = batch;
    expect(batch.toRows()).toHaveLength(batch.rowCount);
  }
});

test('retained batches keep their rows while the stream goes on', async () => {
  const kept: Batch[] = [];
  const expected: unknown[] = [];
  let index = 0;
  for await (const batch of db.stream(LONG, [], UNION)) {
    if (index++ % 5 !== 0) continue;
    kept.push(batch.retain());
    expected.push(batch.toRows());
  }
  expect(kept.length).toBeGreaterThan(50);
  expect(new Set(kept.map(({ buffer }) => buffer)).size).toBe(kept.length);
  expect(kept.map((batch) => batch.toRows())).toEqual(expected);
});

test('a long stream goes round in little memory', async () => {
  // Each message makes an object of its own for the same memory, so memory is told apart by a mark behind the batch.
  let marked = 0;
  let batches = 0;
  let sum = 0;
  const long = LONG.replace('300000', '1000000');
  const wide = await connect({ shards: [...servers.urls], batchRows: 8_000 });
  try {
    for await (const batch of wide.stream(long, [], UNION)) {
      batches++;
      const spare = batch.buffer.byteLength - 4;
      if (spare >= batch.byteLength) {
        const mark = new Int32Array(batch.buffer, spare, 1);
        if (mark[0] === 0) marked++;
        mark[0] = 1;
      }
      for (let row = 0; row < batch.rowCount; row++) sum += batch.vectors[0]?.at(row) as number;
    }
  } finally {
    await wide.close();
  }
  expect(sum).toBe((servers.urls.length * 1_000_000 * 1_000_001) / 2);
  expect(batches).toBeGreaterThan(servers.urls.length * 100);
  // One-row batches have no room for a mark: then only the sum is proof.
  if (process.env.MILLRACE_BATCH_ROWS === undefined) expect(marked).toBeGreaterThan(0);
  expect(marked).toBeLessThan(servers.urls.length * 16);
});

test('batches hold no more rows and bytes than was asked for', async () => {
  const small = await connect({ shards: [...servers.urls], batchRows: 70, batchBytes: 131_072 });
  try {
    const wide = "select i, repeat('x', 9000) as wide from generate_series(1, 300) i";
    for await (const batch of small.stream(wide, [], UNION)) {
      expect(batch.rowCount).toBeLessThanOrEqual(70);
      expect(batch.byteLength).toBeLessThan(2 * 131_072);
    }
  } finally {
    await small.close();
  }
});

test('rows that arrive while nobody reads are there when somebody reads again', async () => {
  const slow = `select i, repeat('x', 4200) as wide, pg_sleep(case when i < 12 then 0.04 else 8 end)
    from generate_series(1, 12) i`;
  const one = await connect({ shards: servers.urls.slice(0, 1) });
  try {
    let rows = 0;
    const startedAt = performance.now();
    for await (const batch of one.stream(slow)) {
      rows += batch.rowCount;
      // Longer than the eleven quick rows take together.
      if (rows === batch.rowCount) await new Promise((resolve) => setTimeout(resolve, 1_200));
      // The server has sent so many whole rows before it falls asleep.
      if (rows >= 9) break;
    }
    expect(performance.now() - startedAt).toBeLessThan(6_000);
    expect(rows).toBeLessThan(12);
  } finally {
    await one.close();
  }
});

describe('arrow()', () => {
  test('has the rows of all shards in shard order, with their NULLs', async () => {
    await askAll(
      servers.urls,
      (shard) =>
        `create table facts as select (${shard} * 5000 + i)::int as i, i::int8 * 10000000000 as big, i / 8.0::float8 as f,
        (case when i % 3 > 0 then i / 4.0 end)::numeric(12,2) as price, 'naïve ' || i as label, i % 2 = 0 as even,
        date '2000-01-01' + i as day, timestamp '2000-01-01' + i * interval '1 hour' as t, decode(md5(i::text), 'hex') as bytes
      from generate_series(1, 5000) i`,
    );
    const sql = 'select * from facts order by i';
    const table = await db.arrow(sql, [], UNION);
    const { rows } = await db.query(sql, [], { ...UNION, types: { int8: 'bigint' } });
    expect(table.numRows).toBe(rows.length);
    const column = (name: string): unknown[] => [...(table.getChild(name) ?? [])];
    for (const name of ['i', 'big', 'f', 'label', 'even'])
      expect(column(name), name).toEqual(rows.map((row) => row[name]));
    const prices = column('price').map((words) =>
      words === null ? null : Number(String(words)) / 100,
    );
    expect(prices).toEqual(rows.map(({ price }) => (price === null ? null : Number(price))));
    expect(column('bytes').map((bytes) => Buffer.from(bytes as Uint8Array))).toEqual(
      rows.map(({ bytes }) => bytes),
    );
    expect(
      column('day')
        .map((ms) => new Date(ms as number).toISOString().slice(0, 10))
        .at(-1),
    ).toBe('2013-09-09');
  });

  test('of no rows, and of no columns', async () => {
    const none = await db.arrow('select 1 as one where false', [], UNION);
    expect([none.numRows, none.schema.fields.map(({ name }) => name)]).toEqual([0, ['one']]);
    expect((await db.arrow('select from generate_series(1, 3)', [], UNION)).numCols).toBe(0);
  });

  test.each([
    ['NaN', "select 1 as ok, 'NaN'::numeric(9,2) as price", 'price', /NaN/],
    ['an infinite date', "select 1 as ok, 'infinity'::date as day", 'day', /infinity/],
    ['an infinite timestamp', "select 1 as ok, '-infinity'::timestamptz as t", 't', /infinity/],
  ])('refuses %s, naming the column', async (_name, sql, column, says) => {
    const error = await failureOf<UnsupportedError>(db.arrow(sql, [], UNION));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain(`"${column}"`);
    expect(error.message).toMatch(says);
    expect(error.hint).toContain('text');
  });
});
