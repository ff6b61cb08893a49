/** Results of unusual shape: very wide, without columns, without rows, one row from each of many shards. */
import { connect, type Database } from '@millrace/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, askArrays } from '../support/ask.js';
import { startShards } from '../support/start-shards.js';

let servers: Awaited<ReturnType<typeof startShards>>;
let url: string;
let db: Database;

beforeAll(async () => {
  servers = await startShards(1);
  url = servers.urls[0] as string;
  db = await connect({ shards: [url], threads: 1 });
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});

/** Streams a statement: rows of each batch, as `toRows` gives them. */
async function streamed(sql: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const batch of db.stream(sql)) rows.push(...batch.toRows());
  return rows;
}

test('a row has 1,600 columns of different types, the most that a table has', async () => {
  const kinds = ['int', 'text', 'numeric(9,2)', 'boolean', 'timestamptz', 'int8', 'date', 'bytea'];
  const columns = Array.from({ length: 1600 }, (_, i) => `c${i} ${kinds[i % kinds.length]}`);
  const values = [
    'i',
    "'ü' || i",
    'i / 4.0',
    'i % 2 = 0',
    'now()',
    'i',
    "date '2024-02-29'",
    "'\\x00ff'",
  ];
  const row = columns.map((_, i) => (i % 11 === 5 ? 'null' : values[i % values.length]));
  await ask(url, `create table wide (${columns.join(', ')})`);
  await ask(url, `insert into wide select ${row.join(', ')} from generate_series(1, 3) i`);
  const sql = 'select * from wide';
  const [objects, arrays] = await Promise.all([ask(url, sql), askArrays(url, sql)]);
  expect((await db.query(sql)).rows).toStrictEqual(objects.rows);
  expect((await db.query(sql, [], { rowMode: 'array' })).rows).toStrictEqual(arrays);
  expect(await streamed(sql)).toStrictEqual(objects.rows);
  const table = await db.arrow(sql);
  expect([table.numCols, table.numRows]).toEqual([1600, 3]);
  expect([...(table.getChild('c1599') ?? [])].map(String)).toEqual(
    objects.rows.map(({ c1599 }) => String(new Uint8Array(c1599 as Buffer))),
  );
});

test.each([
  ['rows without columns', 'select from generate_series(1, 70000)'],
  ['no rows of no columns', 'select where false'],
  ['no rows', "select 1 as a, 'x' as b, null::numeric(9,2) as c, '{}'::int[] as d where false"],
  ['one row of one NULL', 'select null as nothing'],
])('%s are what pg makes of them', async (_, sql) => {
  const [theirs, arrays] = await Promise.all([ask(url, sql), askArrays(url, sql)]);
  for (const ours of [await db.query(sql), await db.query(sql)]) {
    expect(ours.rows).toStrictEqual(theirs.rows);
    expect([ours.rowCount, ours.command]).toEqual([theirs.rowCount, theirs.command]);
    expect(ours.fields).toEqual(theirs.fields.map((field) => ({ ...field })));
  }
  expect((await db.query(sql, [], { rowMode: 'array' })).rows).toStrictEqual(arrays);
  expect(await streamed(sql)).toStrictEqual(theirs.rows);
  const table = await db.arrow(sql);
  expect(table.schema.fields.map(({ name }) => name)).toEqual(
    theirs.fields.map(({ name }) => name),
  );
  if (theirs.fields.length > 0) expect(table.numRows).toBe(theirs.rows.length);
});

describe('one row from each of 64 shards', () => {
  const SHARDS = 64;
  const SQL = "select current_setting('part.number')::int as part";
  const PARTS = Array.from({ length: SHARDS }, (_, part) => ({ part }));
  const UNION = { mode: 'union' } as const;
  let many: Database;

  beforeAll(async () => {
    // The same server each time: a setting of the session tells the shards apart.
    const shards = PARTS.map(({ part }) => {
      const address = new URL(url);
      address.searchParams.set('options', `-c part.number=${part}`);
      return { name: `part${part}`, url: address.href };
    });
    many = await connect({ shards, connectionsPerShard: 1 });
  });
  afterAll(() => many?.close());

  test('is collected in shard order', async () => {
    expect((await many.query(SQL, [], UNION)).rows).toEqual(PARTS);
    expect((await many.query(SQL, [], UNION)).rows).toEqual(PARTS);
    const table = await many.arrow(SQL, [], UNION);
    expect([...(table.getChild('part') ?? [])]).toEqual(PARTS.map(({ part }) => part));
  });

  test('is streamed as 64 batches, each with the name of its shard', async () => {
    const seen: [string | undefined, unknown][] = [];
    for await (const batch of many.stream(SQL, [], UNION)) {
      expect(batch.rowCount).toBe(1);
      seen.push([batch.shard, batch.vectors[0]?.at(0)]);
    }
    const expected = PARTS.map(({ part }) => [`part${part}`, part]);
    expect(seen.sort(([, a], [, b]) => Number(a) - Number(b))).toEqual(expected);
  });
});
