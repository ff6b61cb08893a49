import { gatherStatement } from '../dataset/gather-columns.js';
import type { Contender, Gathered, Session } from './contender.js';
import { openRawConnection, type WireCount } from './wire-count.js';

/**
 * The strict floor: the very query that Millrace sends, the answer counted and dropped, all shards at once on one thread.
 * Nothing is decoded and nothing is looked at but the last bytes of each chunk.
 */
export const contender: Contender = {
  async open({ urls }): Promise<Session> {
    const connections = await Promise.all(urls.map(openRawConnection));
    return {
      async gather() {
        return total(
          await Promise.all(connections.map((connection) => connection.count(gatherStatement))),
        );
      },
      async close() {
        await Promise.all(connections.map((connection) => connection.close()));
      },
    };
  },
};

/** The counts of several connections as one gather. */
export function total(counts: readonly WireCount[]): Gathered {
  const rows = counts.reduce((sum, count) => sum + count.rows, 0);
  const bytes = counts.reduce((sum, count) => sum + count.bytes, 0);
  return { rows, bytes, touchMs: 0, fold: bytes };
}
