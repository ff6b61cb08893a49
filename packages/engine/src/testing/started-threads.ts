/** The worker threads that this process starts, to end one in the middle of its work. Import it before anything else. */
import { createRequire } from 'node:module';
import type { Worker } from 'node:worker_threads';

const threads = createRequire(import.meta.url)('node:worker_threads') as { Worker: typeof Worker };

/** Those that are alive, oldest first. */
export const startedThreads: Set<Worker> = new Set<Worker>();

threads.Worker = class extends threads.Worker {
  constructor(...parameters: ConstructorParameters<typeof Worker>) {
    super(...parameters);
    startedThreads.add(this);
    this.once('exit', () => startedThreads.delete(this));
  }
};
