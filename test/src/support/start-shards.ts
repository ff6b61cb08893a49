/** The servers of a test file: those of `MILLRACE_SHARDS`, or else embedded ones. */
import {
  type Cluster,
  type ShardServers,
  shardsFromEnvironment,
  startCluster,
} from '@millrace/embedded';
import { ask } from './ask.js';

/** Starts, or borrows, `count` servers; each has an empty database. Borrowed ones may be fewer or more: a notice says so. */
export async function startShards(count: number): Promise<ShardServers> {
  const borrowed = await shardsFromEnvironment({
    shards: count,
    runSql: async (url, sql) => {
      await ask(url, sql);
    },
  });
  if (borrowed === undefined) return startCluster({ shards: count });
  if (borrowed.notice !== undefined) process.stderr.write(`${borrowed.notice}\n`);
  return borrowed;
}

/** Embedded servers, for tests that kill them, or count on their settings. */
export function startOwnShards(
  count: number,
  options: { host?: 'socket' | 'tcp'; settings?: Readonly<Record<string, string>> } = {},
): Promise<Cluster> {
  return startCluster({ shards: count, ...options });
}
