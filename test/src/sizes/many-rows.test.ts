/** Ten million tiny rows: each arrives once, and memory does not grow with them. */
import { connect, type Database } from '@millrace/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startShards } from '../support/start-shards.js';
import { SCALE } from './hostile-scale.js';

const SHARDS = 2;
const ROWS = 10_000_000 * SCALE;
/** What the columns of all rows take: three of eight bytes. */
const ALL_BYTES = ROWS * 24;

let servers: Awaited<ReturnType<typeof startShards>>;
let db: Database;

beforeAll(async () => {
  servers = await startShards(SHARDS);
  db = await connect({ shards: [...servers.urls] });
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});

test('ten million rows are streamed in memory that stays as it was after the first million', async () => {
  const rowsOfShard = Math.floor(ROWS / servers.urls.length);
  const sql = `select i, i * 3 as b, -i as c from generate_series(1::int8, ${rowsOfShard}) i`;
  let rows = 0;
  let sum = 0n;
  let settled = 0;
  let peak = 0;
  for await (const batch of db.stream(sql, [], { mode: 'union' })) {
    const { values } = batch.vectors[0] as unknown as { values: BigInt64Array };
    rows += batch.rowCount;
    // Rows of a batch follow each other: so first and last tell the sum.
    sum += ((values[0] as bigint) + (values.at(-1) as bigint)) * BigInt(batch.rowCount);
    const { rss } = process.memoryUsage();
    if (rows < ROWS / 10) settled = Math.max(settled, rss);
    else peak = Math.max(peak, rss);
  }
  const n = BigInt(rowsOfShard);
  expect(rows).toBe(servers.urls.length * rowsOfShard);
  expect(sum).toBe(BigInt(servers.urls.length) * n * (n + 1n));
  if (SCALE === 1) expect(peak - settled).toBeLessThan(ALL_BYTES / 3);
});
