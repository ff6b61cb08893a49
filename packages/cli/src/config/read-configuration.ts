import { ConfigurationError, type ConnectOptions, type TableOption } from '@millrace/engine';
import type { Surroundings } from '../surroundings.js';
import { readConfigFile } from './config-file.js';
import { splitShardList } from './shard-list.js';
import { readTableOption } from './table-option.js';

/** What the command line says of the database. */
export interface DatabaseFlags {
  /** Lists of URLs, one for each `--shards`. */
  readonly shards?: readonly string[];
  /** One for each `--table`. */
  readonly table?: readonly string[];
  readonly unlisted?: string;
  readonly config?: string;
}

/**
 * The options of `connect`: the command line goes before the configuration file, the file before the environment. Tables
 * are put together one by one: a `--table` goes before what the file says of that table alone.
 *
 * @throws ConfigurationError where no shard is named, or something cannot be read
 */
export async function readConfiguration(
  flags: DatabaseFlags,
  { directory, env }: Pick<Surroundings, 'directory' | 'env'>,
): Promise<ConnectOptions> {
  const file = (await readConfigFile(flags.config, directory)) ?? {};
  const shards = flagShards(flags.shards) ?? file.shards ?? flagShards([env.MILLRACE_SHARDS ?? '']);
  if (shards === undefined) {
    throw new ConfigurationError(
      'No shards are named: pass --shards url,url, or have "shards" in millrace.config.json, or set MILLRACE_SHARDS=url,url',
    );
  }
  const tables = readTables({ flags, file, env });
  const unlisted = flags.unlisted === undefined ? {} : { unlisted: flags.unlisted };
  // What the file says is checked by `connect`, which knows its options.
  return {
    ...file,
    ...unlisted,
    ...(tables !== undefined && { tables }),
    shards,
  } as ConnectOptions;
}

function flagShards(lists: readonly string[] | undefined): readonly string[] | undefined {
  const shards = lists?.flatMap(splitShardList) ?? [];
  return shards.length === 0 ? undefined : shards;
}

interface TableSources {
  readonly flags: DatabaseFlags;
  readonly file: Readonly<Record<string, unknown>>;
  readonly env: Surroundings['env'];
}

function readTables({ flags, file, env }: TableSources): unknown {
  const fromEnvironment = (env.MILLRACE_TABLES ?? '').split(',').filter((text) => text.trim());
  const outer: Record<string, TableOption> = Object.fromEntries(
    fromEnvironment.map(readTableOption),
  );
  const inner: Record<string, TableOption> = Object.fromEntries(
    (flags.table ?? []).map(readTableOption),
  );
  const { tables } = file;
  // No object at all: `connect` says so.
  if (tables !== undefined && (typeof tables !== 'object' || tables === null)) return tables;
  const all = { ...outer, ...tables, ...inner };
  return Object.keys(all).length === 0 ? undefined : all;
}
