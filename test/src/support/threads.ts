/**
 * Sees every worker thread that this process starts, to kill it as a crash would. Import it before anything connects: it
 * puts a constructor of its own before Node's, which leaves the engine as it is.
 */
import { createRequire } from 'node:module';
import type { Worker, WorkerOptions } from 'node:worker_threads';

const threads = createRequire(import.meta.url)('node:worker_threads') as { Worker: typeof Worker };
const started: Worker[] = [];
let more: WorkerOptions = {};

/** In each thread: does what it is told, as a bug in it would. */
const IN_THREAD = `
  const { parentPort, threadId } = await import('node:worker_threads');
  const channel = new BroadcastChannel('millrace-crash');
  channel.unref();
  channel.onmessage = ({ data }) => {
    if (data.threadId !== threadId) return;
    if (data.how === 'exit') process.exit(3);
    if (data.how === 'throw') throw new Error('crashed by a test');
    const kept = [];
    for (;;) kept.push(new Array(100_000).fill(0).map((_, i) => ({ i })));
  };`;
const EXEC_ARGV = ['--import', `data:text/javascript,${encodeURIComponent(IN_THREAD)}`];

class WatchedWorker extends threads.Worker {
  constructor(filename: string | URL, options?: WorkerOptions) {
    super(filename, { ...options, execArgv: EXEC_ARGV, ...more });
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

/** Has a thread crash from within. */
export function crash({ threadId }: Worker, how: 'exit' | 'throw' | 'memory'): void {
  const channel = new BroadcastChannel('millrace-crash');
  channel.postMessage({ threadId, how });
  channel.close();
}
