import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Contender, Session } from './contender.js';
import { total } from './floor-wire.js';
import type { WireCount } from './wire-count.js';

const entry = new URL('./floor-wire-thread.js', import.meta.url);

/** The strict floor with one thread a core, each owning its share of the shards, as Millrace's worker threads do. */
export const contender: Contender = {
  async open({ urls }): Promise<Session> {
    const threads = Math.min(availableParallelism(), urls.length);
    const workers = Array.from({ length: threads }, (_, thread) => {
      return new Worker(entry, {
        workerData: urls.filter((_url, shard) => shard % threads === thread),
      });
    });
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    return {
      async gather() {
        const counts = await Promise.all(workers.map((worker) => ask(worker, 'gather')));
        return total(counts.flat());
      },
      async close() {
        await Promise.all(
          workers.map((worker) => {
            const exited = once(worker, 'exit');
            worker.postMessage('close');
            return exited;
          }),
        );
      },
    };
  },
};

async function ask(worker: Worker, request: 'gather'): Promise<WireCount[]> {
  const answer = once(worker, 'message');
  worker.postMessage(request);
  const [counts] = (await answer) as [WireCount[]];
  return counts;
}
