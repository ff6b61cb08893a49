import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { FirstRowContender } from '../end-to-end/latency-run.js';

const task = { name: 'selectOne' } as const;

/**
 * The bare skeleton of what Millrace stands on, with none of Millrace's code: a single-thread piscina pool a slot, one
 * slot a core, `pg` in the threads, a connection a shard, one select. The first row cannot come sooner by this design.
 */
export const contender: FirstRowContender = {
  async firstRow(urls) {
    const slots = Math.min(availableParallelism(), urls.length);
    const filename = fileURLToPath(new URL('./skeleton-thread.js', import.meta.url));
    const pools = Array.from({ length: slots }, () => {
      return new Piscina({
        filename,
        minThreads: 1,
        maxThreads: 1,
        idleTimeout: Number.POSITIVE_INFINITY,
        atomics: 'disabled',
        concurrentTasksPerWorker: urls.length,
      });
    });
    const counts = await Promise.all(
      urls.map(
        (url, shard) => (pools[shard % slots] as Piscina).run({ url }, task) as Promise<number>,
      ),
    );
    if (counts.some((count) => count !== 1)) throw new Error('a shard gave no row');
    return {
      close: async () => {
        await Promise.all(pools.map((pool) => pool.run({ url: undefined }, task)));
        await Promise.all(pools.map((pool) => pool.destroy()));
      },
    };
  },
};
