import { shardsFromEnvironment, startCluster } from '@millrace/embedded';
import pg from 'pg';

/** Empty databases, one a shard, each on a server of its own. */
export interface BenchShards {
  /** One connection string a shard. */
  readonly urls: readonly string[];
  readonly serverVersion: string;
  /** Where the servers come from, in words. */
  readonly servers: string;
  /** Whether they are those of MILLRACE_SHARDS. */
  readonly borrowed: boolean;
  /** Drops the databases on borrowed servers, stops those that were started. */
  stop(): Promise<void>;
}

/**
 * The servers of MILLRACE_SHARDS, each with a database of the bench's own, or else embedded ones. With another number of
 * borrowed servers than asked for, `log` is told so and those there are, are used.
 */
export async function openShards(
  shards: number,
  log: (line: string) => void,
): Promise<BenchShards> {
  const borrowed = await shardsFromEnvironment({
    shards,
    runSql: async (url, sql) => void (await runSql(url, sql)),
  });
  if (borrowed?.notice !== undefined) log(borrowed.notice);
  const source = borrowed ?? (await startCluster({ shards }));
  const { urls } = source;
  try {
    const [version] = await runSql(urls[0] as string, 'show server_version');
    const noun = urls.length === 1 ? 'server' : 'servers';
    const servers =
      borrowed === undefined
        ? `${urls.length} embedded ${noun}`
        : `${urls.length} ${noun} of MILLRACE_SHARDS`;
    return {
      urls,
      serverVersion: String(version),
      servers,
      borrowed: borrowed !== undefined,
      stop: () => source.stop(),
    };
  } catch (error) {
    await source.stop();
    throw error;
  }
}

/**
 * More databases on the server behind `url`, which must be one that `openShards` gave. `drop` removes them again.
 */
export async function createDatabases(
  url: string,
  count: number,
): Promise<{ urls: readonly string[]; drop(): Promise<void> }> {
  const prefix = `${new URL(url).pathname.slice(1)}_${process.pid}`;
  const names: string[] = [];
  const drop = async (): Promise<void> => {
    for (const name of names.splice(0)) await runSql(url, `drop database ${name} with (force)`);
  };
  try {
    for (let index = 0; index < count; index++) {
      const name = `${prefix}_${index}`;
      await runSql(url, `create database ${name}`);
      names.push(name);
    }
  } catch (error) {
    await drop();
    throw error;
  }
  return { urls: names.map((name) => withDatabase(url, name)), drop };
}

/** Runs one statement on a connection of its own and gives the first row. */
async function runSql(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows[0] ?? [];
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
