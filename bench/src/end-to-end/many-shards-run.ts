/** One run of the many-shards case, in a child process: many shards must work on few threads, and nothing may hang. */
import type { Batch } from '@millrace/batch';
import type { Database } from '@millrace/engine';
import { ColumnConsumer } from '../checksum/column-consumer.js';
import { batchViews } from '../checksum/column-view.js';
import type { Checksum } from '../checksum/gather-checksum.js';
import { gatherQuery } from '../dataset/gather-columns.js';
import { connectEngine } from '../ours/engine.js';

/** What the child is told. */
export interface ManyShardsInput {
  readonly urls: readonly string[];
  readonly threads: number;
}

/** Milliseconds of each step, and the checksum of all rows. */
export interface ManyShardsResult {
  readonly connectMs: number;
  readonly streamMs: number;
  /** From `abort()` until the stream has ended. */
  readonly cancelMs: number;
  /** From leaving the loop after one batch until it has been left. */
  readonly breakMs: number;
  readonly closeMs: number;
  readonly rows: number;
  readonly checksum: Checksum;
  /** The stream's memory, hashing included. */
  readonly peakRssBytes: number;
}

export async function run({ urls, threads }: ManyShardsInput): Promise<ManyShardsResult> {
  let database: Database | undefined;
  const connectMs = await timed(async () => {
    database = await connectEngine({ shards: urls, threads });
    await database.query('select 1 as one', [], { mode: 'union' });
  });
  const open = database as unknown as Database;
  const streamMs = await timed(() => touchAll(open));
  const { rows, checksum = {} } = await verifyAll(open);
  const cancelMs = await cancelAfterFirstBatch(open);
  const breakMs = await leaveAfterFirstBatch(open);
  await touchAll(open);
  const closeMs = await timed(() => open.close());
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  return { connectMs, streamMs, cancelMs, breakMs, closeMs, rows, checksum, peakRssBytes };
}

function streamAll(database: Database, signal?: AbortSignal): AsyncIterable<Batch> {
  return database.stream(
    gatherQuery,
    [],
    signal === undefined ? { mode: 'union' } : { mode: 'union', signal },
  );
}

async function touchAll(database: Database): Promise<void> {
  const consumer = new ColumnConsumer('timed');
  for await (const batch of streamAll(database)) consumer.add(batchViews(batch));
}

async function verifyAll(database: Database): Promise<ReturnType<ColumnConsumer['result']>> {
  const consumer = new ColumnConsumer('verify');
  for await (const batch of streamAll(database)) consumer.add(batchViews(batch));
  return consumer.result();
}

async function cancelAfterFirstBatch(database: Database): Promise<number> {
  const cancel = new AbortController();
  let cancelled = Number.NaN;
  try {
    for await (const _ of streamAll(database, cancel.signal)) {
      if (cancel.signal.aborted) continue;
      cancelled = performance.now();
      cancel.abort();
    }
  } catch (error) {
    if (!cancel.signal.aborted) throw error;
  }
  return performance.now() - cancelled;
}

async function leaveAfterFirstBatch(database: Database): Promise<number> {
  let left = Number.NaN;
  for await (const _ of streamAll(database)) {
    left = performance.now();
    break;
  }
  return performance.now() - left;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
