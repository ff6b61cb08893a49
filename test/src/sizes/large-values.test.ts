/** Values of hundreds of megabytes: whole as bytes, refused as text where JavaScript has no such string, and gone afterwards. */
import { constants } from 'node:buffer';
import { connect, type Database, UnsupportedError } from '@millrace/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failureOf } from '../support/eventually.js';
import { startShards } from '../support/start-shards.js';
import { SCALE } from './hostile-scale.js';

const VALUE_BYTES = 500_000_000 * SCALE;
/** One row of three columns. The text is made of rows' numbers, so that the planner does not make it a constant. */
const large = (bytes: number): string =>
  `select i, repeat(lpad(i::text, 1000, 'x'), ${bytes / 1000}) as wide, -i as after from generate_series(7, 7) i`;

let servers: Awaited<ReturnType<typeof startShards>>;
let db: Database;

beforeAll(async () => {
  servers = await startShards(1);
  db = await connect({ shards: servers.urls.slice(0, 1), threads: 1 });
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});

interface LargeText {
  readonly offsets: Int32Array;
  readonly data: Uint8Array;
}

/** Streams a large value and checks its ends. Returns what memory this process took for it at most. */
async function peakOfStream(bytes: number): Promise<number> {
  const before = process.memoryUsage.rss();
  let peak = 0;
  for await (const batch of db.stream(large(bytes))) {
    peak = Math.max(peak, process.memoryUsage.rss() - before);
    const { offsets, data } = batch.vectors[1] as unknown as LargeText;
    expect([...offsets]).toEqual([0, bytes]);
    const [head, tail] = [data.slice(0, 1000), data.slice(bytes - 1000)].map(String);
    expect(head).toBe(tail);
    expect(data[999]).toBe(0x37);
    expect(data[(bytes >> 1) + 1]).toBe(0x78);
    expect([batch.vectors[0]?.at(0), batch.vectors[2]?.at(0)]).toEqual([7, -7]);
  }
  return peak;
}

test('a value of 500 MB is streamed whole, in three times its memory at most', async () => {
  const peak = await peakOfStream(VALUE_BYTES);
  if (SCALE === 1) expect(peak).toBeLessThan(3 * VALUE_BYTES);
});

test('memory of large rows is used again, or collected, while more of them come', async () => {
  const before = process.memoryUsage.rss();
  const rowBytes = 40_000_000 * SCALE;
  const sql = large(rowBytes).replace('generate_series(7, 7)', 'generate_series(1, 20)');
  let peak = 0;
  let rows = 0;
  for await (const batch of db.stream(sql)) {
    rows += batch.rowCount;
    peak = Math.max(peak, process.memoryUsage.rss() - before);
  }
  expect(rows).toBe(20);
  if (SCALE === 1) expect(peak).toBeLessThan(12 * rowBytes);
});

test('query() refuses a text that JavaScript has no string for, says so, and goes on', async () => {
  const bytes = Math.ceil((constants.MAX_STRING_LENGTH * SCALE) / 1000) * 1000;
  if (SCALE < 1) {
    expect((await db.query(large(bytes))).rows[0]?.wide).toHaveLength(bytes);
    return;
  }
  const error = await failureOf<UnsupportedError>(db.query(large(bytes)));
  expect(error).toBeInstanceOf(UnsupportedError);
  expect(error.clause).toBe('wide');
  expect(error.message).toContain('Column "wide"');
  expect(error.message).toContain(constants.MAX_STRING_LENGTH.toLocaleString('en'));
  expect(error.hint).toMatch(/stream\(\).*arrow\(\)/);
  expect((await db.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});
