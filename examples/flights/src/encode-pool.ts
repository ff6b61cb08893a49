/** Threads that encode row groups: each works on one, and begins the next while the last is being written. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { EncodedRows } from './encode-flights.js';
import type { EncodeWorkerData } from './encode-worker.js';
import type { RowGroup } from './flights-file.js';

/** More threads than this only take cores from the servers they feed. */
const MOST_THREADS = 4;

/**
 * Encodes all row groups and hands each to `write`, in the order they come out.
 * A thread encodes one group ahead of the one it is writing, so that memory stays at two groups a thread.
 * @param write resolves when the rows have left for the servers.
 * @throws what a thread or `write` threw, after all threads have ended.
 */
export async function encodeRowGroups(
  groups: readonly RowGroup[],
  shardCount: number,
  write: (encoded: readonly EncodedRows[]) => Promise<void>,
): Promise<void> {
  const queue = [...groups];
  const workerData: EncodeWorkerData = { shardCount };
  const threads = Math.min(MOST_THREADS, availableParallelism(), queue.length);
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('./encode-worker.js', import.meta.url), { workerData }),
  );
  try {
    await Promise.all(workers.map((worker) => drainQueue(worker, queue, write)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function drainQueue(
  worker: Worker,
  queue: RowGroup[],
  write: (encoded: readonly EncodedRows[]) => Promise<void>,
): Promise<void> {
  let writing: Promise<void> = Promise.resolve();
  for (let group = queue.shift(); group !== undefined; group = queue.shift()) {
    // `once` rejects on the thread's 'error' event, which is how a throw inside of it arrives.
    const answer = once(worker, 'message');
    worker.postMessage(group);
    const [[encoded]] = await Promise.all([answer as Promise<[readonly EncodedRows[]]>, writing]);
    writing = write(encoded);
  }
  await writing;
}
