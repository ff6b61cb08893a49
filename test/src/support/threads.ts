/**
 * Sees every worker thread that this process starts, to kill it as a crash would. Import it before anything connects: it
 * puts a constructor of its own before Node's, which leaves the engine as it is.
 */
import { createRequire } from 'node:module';
import type { Worker, WorkerOptions } from 'node:worker_threads';

const threads = createRequire(import.meta.url)('node:worker_threads') as { Worker: typeof Worker };
const started: Worker[] = [];
let more: WorkerOptions = {};

class WatchedWorker extends threads.Worker {
  constructor(filename: string | URL, options?: WorkerOptions) {
    super(filename, { ...options, ...more });
    started.push(this);
    this.once('exit', () => started.splice(started.indexOf(this), 1));
  }
}
threads.Worker = WatchedWorker;

/** Threads that are alive, oldest first. */
export function livingThreads(): readonly Worker[] {
  return [...started];
}

/** Options for the threads that are started while `use` runs. */
export async function withThreadOptions<T>(
  options: WorkerOptions,
  use: () => Promise<T>,
): Promise<T> {
  more = options;
  try {
    return await use();
  } finally {
    more = {};
  }
}
