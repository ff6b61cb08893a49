/** The PostgreSQL servers the demo runs on: embedded ones, or those of MILLRACE_SHARDS. */
import { type ShardServers, shardsFromEnvironment, startCluster } from '@millrace/embedded';
import { closeShards, connectShards } from './shard-clients.js';

/** Servers with what the user should be told about them. */
export interface DemoServers {
  readonly servers: ShardServers;
  readonly notice: string;
}

/**
 * Starts `shards` servers of our own, unless MILLRACE_SHARDS names others; then there may be more or fewer.
 * @throws EmbeddedPostgresError when they do not start.
 */
export async function startServers(shards: number): Promise<DemoServers> {
  const given = await shardsFromEnvironment({ shards, runSql });
  if (given !== undefined) {
    return {
      servers: given,
      notice: given.notice ?? `${given.urls.length} PostgreSQL servers of MILLRACE_SHARDS`,
    };
  }
  return {
    servers: await startCluster({ shards }),
    notice: `${shards} PostgreSQL servers on this machine`,
  };
}

async function runSql(url: string, sql: string): Promise<void> {
  const clients = await connectShards([url]);
  try {
    for (const client of clients) await client.query(sql);
  } finally {
    await closeShards(clients);
  }
}
