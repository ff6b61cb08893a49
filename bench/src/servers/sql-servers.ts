import { startCluster } from '@millrace/embedded';
import { withClient } from '../dataset/events-data.js';
import { createPartitionedEvents, eventsTable } from '../dataset/events-table.js';
import { type BenchShards, createDatabases, openShards } from './bench-shards.js';

/** The shards, and the two servers of those who do it otherwise. */
export interface SqlServers extends BenchShards {
  /** An empty database for all rows. */
  readonly single: string;
  /** An empty database that holds no rows and asks the shards. */
  readonly coordinator: string;
}

/** Beside embedded shards two more servers; beside borrowed ones two more databases on the first. */
export async function openSqlServers(
  shards: number,
  log: (line: string) => void,
): Promise<SqlServers> {
  const opened = await openShards(shards, log);
  try {
    const others = opened.borrowed
      ? await createDatabases(opened.urls[0] as string, 2)
      : await startCluster({ shards: 2 });
    const [single, coordinator] = others.urls as [string, string];
    const stop = async (): Promise<void> => {
      await ('drop' in others ? others.drop() : others.stop());
      await opened.stop();
    };
    return { ...opened, single, coordinator, stop };
  } catch (error) {
    await opened.stop();
    throw error;
  }
}

/**
 * Makes the shards' tables partitions of one on the coordinator, by postgres_fdw. `fetch_size` is a hundred times its
 * default, and the statistics are those of the rows: what somebody would set who wants it fast.
 *
 * @returns why not, where it cannot be had
 */
export async function attachForeignTables(
  coordinator: string,
  shards: readonly string[],
): Promise<string | undefined> {
  try {
    await withClient(coordinator, async (client) => {
      await client.query('create extension postgres_fdw');
      await client.query(createPartitionedEvents);
      for (const [shard, url] of shards.entries()) {
        for (const statement of foreignTable(shard, url, shards.length))
          await client.query(statement);
      }
      await client.query(`analyze ${eventsTable}`);
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function foreignTable(shard: number, url: string, shards: number): string[] {
  const { hostname, port, pathname, username, password, searchParams } = new URL(url);
  const place = options({
    host: searchParams.get('host') ?? decodeURIComponent(hostname),
    port: searchParams.get('port') ?? (port || '5432'),
    dbname: decodeURIComponent(pathname.slice(1)),
    async_capable: 'true',
    fetch_size: '10000',
  });
  const role = options({
    user: searchParams.get('user') ?? decodeURIComponent(username),
    password: searchParams.get('password') ?? decodeURIComponent(password),
  });
  return [
    `create server shard${shard} foreign data wrapper postgres_fdw options (${place})`,
    `create user mapping for current_user server shard${shard} options (${role})`,
    `create foreign table ${eventsTable}_${shard} partition of ${eventsTable}
       for values with (modulus ${shards}, remainder ${shard})
       server shard${shard} options (table_name '${eventsTable}')`,
  ];
}

function options(given: Readonly<Record<string, string>>): string {
  return Object.entries(given)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name} '${value.replaceAll("'", "''")}'`)
    .join(', ');
}

/** Whether the coordinator's server has PL/Proxy to offer. */
export async function hasPlProxy(coordinator: string): Promise<boolean> {
  return withClient(coordinator, async (client) => {
    const { rowCount } = await client.query(
      "select 1 from pg_available_extensions where name = 'plproxy'",
    );
    return rowCount === 1;
  });
}
