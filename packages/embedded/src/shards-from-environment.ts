import { randomBytes } from 'node:crypto';
import { EmbeddedPostgresError } from './errors.js';
import type { ShardServers } from './shard-servers.js';

export interface EnvironmentShardsOptions {
  /** How many are wanted; more or fewer may be there: see {@link EnvironmentShards.notice}. */
  readonly shards: number;
  /** Runs one statement on a connection of its own. This package has no client; pass yours. */
  runSql(url: string, sql: string): Promise<void>;
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Servers that were there before. Each has a database for this run, which `stop` drops; nothing else is touched. */
export interface EnvironmentShards extends ShardServers {
  /** To be shown to the user when the number of servers is not the number asked for; this package prints nothing. */
  readonly notice: string | undefined;
}

/**
 * The servers of `MILLRACE_SHARDS=url,url,…`, or `undefined` when it is unset or empty. On each a database
 * of a new name, `millrace_<random>_<index>`, is created; the URLs returned lead there. The role of the URL
 * must be allowed to create databases. One server may be named several times. The databases of a run that
 * is killed, or never calls `stop`, stay.
 *
 * @throws EmbeddedPostgresError `ENVIRONMENT_SHARDS`, with the cause, when a database cannot be created or dropped
 */
export async function shardsFromEnvironment(
  options: EnvironmentShardsOptions,
): Promise<EnvironmentShards | undefined> {
  const given = (options.env ?? process.env).MILLRACE_SHARDS?.trim();
  if (given === undefined || given === '') {
    return undefined;
  }
  const run = randomBytes(5).toString('hex');
  const databases = given
    .split(',')
    .map((text, index) => databaseOn(text.trim(), `millrace_${run}_${index}`));
  const created: Database[] = [];
  const drop = async (): Promise<void> => {
    // Taken from the list only when dropped, so that a `stop` that failed may be called again.
    for (let database = created.at(-1); database !== undefined; database = created.at(-1)) {
      await runOn(options, database, `DROP DATABASE IF EXISTS ${database.name} WITH (FORCE)`);
      created.pop();
    }
  };
  try {
    for (const database of databases) {
      await runOn(options, database, `CREATE DATABASE ${database.name}`);
      created.push(database);
    }
  } catch (error) {
    await drop();
    throw error;
  }
  return {
    urls: databases.map((database) => database.url),
    notice: countNotice(databases.length, options.shards),
    stop: drop,
    [Symbol.asyncDispose]: drop,
  };
}

interface Database {
  readonly name: string;
  readonly url: string;
  /** As given: the database there is the one from which ours is created. */
  readonly serverUrl: string;
}

function databaseOn(serverUrl: string, name: string): Database {
  // Not `URL`, which refuses the form postgres://user@/database?host=/path.
  const parts = /^(postgres(?:ql)?:\/\/[^/?#]*)(?:\/[^?#]*)?(\?.*)?$/.exec(serverUrl);
  if (parts === null) {
    const message = `entry ${JSON.stringify(withoutPassword(serverUrl))} of MILLRACE_SHARDS is not a postgres:// URL`;
    throw new EmbeddedPostgresError('ENVIRONMENT_SHARDS', message);
  }
  return { name, serverUrl, url: `${parts[1]}/${name}${parts[2] ?? ''}` };
}

async function runOn(
  options: EnvironmentShardsOptions,
  database: Database,
  sql: string,
): Promise<void> {
  try {
    await options.runSql(database.serverUrl, sql);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `MILLRACE_SHARDS, ${withoutPassword(database.serverUrl)}: ${sql}: ${reason}`;
    throw new EmbeddedPostgresError('ENVIRONMENT_SHARDS', message, { cause });
  }
}

function withoutPassword(url: string): string {
  return url.replace(/(\/\/[^:@/]*):[^@]*@/, '$1:***@');
}

function countNotice(there: number, wanted: number): string | undefined {
  return there === wanted
    ? undefined
    : `MILLRACE_SHARDS names ${there} servers, ${wanted} were asked for: using ${there}`;
}
