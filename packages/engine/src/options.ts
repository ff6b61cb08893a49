import { availableParallelism } from 'node:os';
import {
  RESERVED_SETTINGS,
  type ServerAddress,
  TYPE_CHOICES,
  type TypeChoices,
} from '@millrace/postgres';
import { ConfigurationError } from './errors.js';
import {
  type ReplicaReads,
  readServer,
  readShards,
  type Server,
  type Shard,
  type ShardOption,
} from './topology/shards.js';
import { readTables, type Table, type TableOption } from './topology/tables.js';

/** How to set up a database of shards. */
export interface ConnectOptions {
  /** The servers, in an order that is kept: `shards[0]`, `shards[1]`, … */
  readonly shards: readonly ShardOption[];
  /** When statements that read go to replicas. Default `'fallback'`: when the first server does not answer. */
  readonly replicaReads?: ReplicaReads;
  /** What each table is: split by a key, or replicated. Names as in SQL: `flights`, `app.flights`, `"My Table"`. */
  readonly tables?: Readonly<Record<string, TableOption>>;
  /**
   * What a table is that `tables` does not name. `'refuse'` (default): statements that read it are refused, since one shard
   * may not have all of it. `'replicated'`: every shard has the whole. With one shard nothing need be named.
   */
  readonly unlisted?: Unlisted;
  /**
   * Where a statement that only one PostgreSQL with all its rows can run gets them, in temporary tables. `'shard'`
   * (default): on one of the shards. A URL: there. `false`: nowhere, such statements are refused.
   */
  readonly staging?: string | false;
  /** Rows that a statement may move to the staging server at most. Default 10,000,000. */
  readonly pullMaxRows?: number;
  /** Bytes that a statement may move to the staging server at most. Default 1 GiB. */
  readonly pullMaxBytes?: number;
  /**
   * How the first groups by an aggregate (`… group by g order by count(*) desc limit 10`) are found, where groups have rows on
   * several shards. `'auto'` (default): by the tables' statistics. `'always'`: shards name the groups that may be among the first,
   * and only these are merged, wherever a statement allows it. `'never'`: all groups are merged. The answer is the same.
   */
  readonly topK?: TopK;
  /** Worker threads. Default: the machine's cores, at most one a shard. */
  readonly threads?: number;
  /** Statements on a shard at the same time. Default 4. Others wait their turn. */
  readonly connectionsPerShard?: number;
  /** Rows of a batch at most. Default 65,536. */
  readonly batchRows?: number;
  /** Bytes from the server for one batch; one row may be larger. Default 1 MiB, less over many shards. */
  readonly batchBytes?: number;
  /** Time to wait for a free connection, in milliseconds. Default 60,000. */
  readonly queueTimeoutMs?: number;
  /** Time for TCP, TLS and login of one connection, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** PostgreSQL's `statement_timeout`, in milliseconds. Default 0: none. */
  readonly statementTimeoutMs?: number;
  /** Settings of every session, by PostgreSQL's names. A list is written as in `set_config`: `search_path: 'a, b'`. */
  readonly session?: Readonly<Record<string, string | number | boolean>>;
  readonly application_name?: string;
  /** TLS beyond what the URLs say: `pg`'s `ssl`. */
  readonly ssl?: boolean | Readonly<Record<string, unknown>>;
  /** JavaScript values that differ from `pg`'s. */
  readonly types?: TypeChoices;
  /** What calls do that say nothing else. With `'skip'`, `connect` is content with one shard that answers. */
  readonly shardErrors?: ShardErrors;
}

/** Whether the first groups by an aggregate are found without merging all of them. */
export type TopK = 'auto' | 'always' | 'never';

/** What a table is that the option `tables` does not name. */
export type Unlisted = 'refuse' | 'replicated';

/**
 * `'fail'` (default): a shard that is lost fails the call. `'skip'`: the others answer, and what is missing is listed; when
 * none answers the call fails. A statement that is wrong, and shards that differ, fail in either case.
 */
export type ShardErrors = 'fail' | 'skip';

/** One call's wishes. */
export interface CallOptions {
  /** Aborting it cancels the statement on every shard. */
  readonly signal?: AbortSignal;
  /** Time for the whole call, in milliseconds. */
  readonly timeoutMs?: number;
  /** Called as batches of a shard arrive, and once more when it is done. */
  readonly onProgress?: (event: ProgressEvent) => void;
  /** Rows as objects (default) or as arrays. */
  readonly rowMode?: 'object' | 'array';
  /**
   * `'one-database'` (default): the answer of one database with all rows, or an error that says why not. `'union'`: the
   * statement goes to every shard as it stands.
   */
  readonly mode?: 'one-database' | 'union';
  readonly types?: TypeChoices;
  /**
   * What a lost shard does to the call. With `'skip'` its rows are missing as a whole: a shard that is lost after `stream`
   * has handed out some of them fails the call all the same.
   */
  readonly shardErrors?: ShardErrors;
}

export interface ProgressEvent {
  /** Name of the shard. */
  readonly shard: string;
  /** Rows and bytes from it so far. */
  readonly rows: number;
  readonly bytes: number;
  readonly done: boolean;
}

/** Where rows are pulled to: a shard, a server of its own, or nowhere. */
export type Staging = 'shard' | Server | false;

/** Options with everything filled in. */
export interface Settings {
  readonly shards: readonly Shard[];
  readonly tables: readonly Table[];
  readonly unlisted: Unlisted;
  readonly staging: Staging;
  readonly pullMaxRows: number;
  readonly pullMaxBytes: number;
  readonly topK: TopK;
  readonly threads: number;
  readonly connectionsPerShard: number;
  readonly batchRows: number;
  readonly batchBytes: number;
  readonly queueTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly session: Readonly<Record<string, string>>;
  readonly statementTimeoutMs: number;
  readonly applicationName: string;
  readonly ssl: boolean | Readonly<Record<string, unknown>> | undefined;
  readonly types: TypeChoices;
  readonly replicaReads: ReplicaReads;
  readonly shardErrors: ShardErrors;
  /** Verify every batch at every boundary. */
  readonly verify: boolean;
  /** Bytes of one socket read at most; 0 for no limit. */
  readonly readBytes: number;
}

const KNOWN: { readonly [key in keyof Required<ConnectOptions>]: true } = {
  shards: true,
  tables: true,
  unlisted: true,
  staging: true,
  pullMaxRows: true,
  pullMaxBytes: true,
  topK: true,
  threads: true,
  connectionsPerShard: true,
  batchRows: true,
  batchBytes: true,
  queueTimeoutMs: true,
  connectTimeoutMs: true,
  statementTimeoutMs: true,
  session: true,
  application_name: true,
  ssl: true,
  types: true,
  replicaReads: true,
  shardErrors: true,
};

/** All shards together hold about so many bytes of batches under way, however many shards there are. */
const BATCH_BYTES_OF_ALL_SHARDS = 16 << 20;
const LEAST_BATCH_BYTES = 128 << 10;
const MOST_BATCH_BYTES = 1 << 20;

/**
 * Checks the options and fills in the defaults. The environment's hostile modes (`MILLRACE_BATCH_ROWS`,
 * `MILLRACE_THREADS`, `MILLRACE_READ_BYTES`, `MILLRACE_VERIFY`) go before the options: they exist to run a program as it
 * is under conditions that it did not choose.
 *
 * @throws ConfigurationError naming the option and what it must be
 */
export function readSettings(
  options: ConnectOptions,
  environment: NodeJS.ProcessEnv = process.env,
): Settings {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError('connect takes an object: connect({ shards: [url, …] })');
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(KNOWN, name));
  if (unknown !== undefined) {
    throw new ConfigurationError(
      `'${unknown}' is not an option of connect. There are: ${Object.keys(KNOWN).join(', ')}`,
    );
  }
  const shards = readShards(options.shards);
  const fairBytes = Math.floor(BATCH_BYTES_OF_ALL_SHARDS / shards.length);
  const batchBytes = Math.min(Math.max(fairBytes, LEAST_BATCH_BYTES), MOST_BATCH_BYTES);
  // Options are checked also where a hostile mode goes before them.
  const hostile = (name: string, value: number): number =>
    environmentNumber(environment, name) ?? value;
  const threads = hostile(
    'MILLRACE_THREADS',
    count('threads', options.threads, availableParallelism()),
  );
  return {
    shards,
    tables: readTables(options.tables, shards.length),
    unlisted: oneOf('unlisted', options.unlisted, ['refuse', 'replicated']),
    staging: readStaging(options.staging),
    pullMaxRows: count('pullMaxRows', options.pullMaxRows, 10_000_000),
    pullMaxBytes: count('pullMaxBytes', options.pullMaxBytes, 2 ** 30),
    topK: oneOf('topK', options.topK, ['auto', 'always', 'never']),
    threads: Math.min(threads, shards.length),
    connectionsPerShard: count('connectionsPerShard', options.connectionsPerShard, 4),
    batchRows: hostile('MILLRACE_BATCH_ROWS', count('batchRows', options.batchRows, 65_536)),
    batchBytes: count('batchBytes', options.batchBytes, batchBytes),
    queueTimeoutMs: count('queueTimeoutMs', options.queueTimeoutMs, 60_000),
    connectTimeoutMs: count('connectTimeoutMs', options.connectTimeoutMs, 10_000),
    session: readSession(options.session),
    statementTimeoutMs: count('statementTimeoutMs', options.statementTimeoutMs, 0, 0),
    applicationName: readName(options.application_name),
    ssl: readSsl(options.ssl),
    types: readTypes(options.types),
    replicaReads: oneOf('replicaReads', options.replicaReads, ['fallback', 'round-robin']),
    shardErrors: readShardErrors(options.shardErrors, 'fail'),
    verify: environment.MILLRACE_VERIFY === '1',
    readBytes: hostile('MILLRACE_READ_BYTES', 0),
  };
}

/** @throws ConfigurationError naming the type and its choices */
export function readTypes(types: TypeChoices | undefined): TypeChoices {
  for (const [type, choice] of Object.entries(types ?? {})) {
    const choices = Object.hasOwn(TYPE_CHOICES, type)
      ? TYPE_CHOICES[type as keyof TypeChoices]
      : undefined;
    if (choices === undefined) {
      throw new ConfigurationError(
        `types.${type}: there is a choice for ${Object.keys(TYPE_CHOICES).join(', ')}`,
      );
    }
    if (choice !== undefined && !choices.includes(choice)) {
      throw new ConfigurationError(`types.${type} must be one of ${choices.join(', ')}`);
    }
  }
  return types ?? {};
}

/** @throws ConfigurationError */
export function readShardErrors(value: unknown, preset: ShardErrors): ShardErrors {
  return oneOf('shardErrors', value ?? preset, ['fail', 'skip']);
}

/** One of some words; the first where nothing is said. */
function oneOf<T extends string>(name: string, value: unknown, words: readonly [T, ...T[]]): T {
  const word = words.find((one) => one === (value ?? words[0]));
  if (word !== undefined) return word;
  const choices = words.map((one) => `'${one}'`).join(' or ');
  throw new ConfigurationError(`'${name}' must be ${choices}`);
}

/** Replicas are only read, also those that would take writes. */
const READ_ONLY = { default_transaction_read_only: 'on' };

/** How one server of a shard is reached. */
export function serverAddress(
  { url }: Server,
  settings: Settings,
  { readOnly }: { readOnly: boolean },
): ServerAddress {
  const { applicationName, connectTimeoutMs, readBytes, ssl, statementTimeoutMs } = settings;
  const timeout = statementTimeoutMs > 0 ? { statement_timeout: String(statementTimeoutMs) } : {};
  const session = { ...settings.session, ...timeout, ...(readOnly && READ_ONLY) };
  const tls = ssl === undefined ? {} : { ssl };
  return { url, applicationName, connectTimeoutMs, readBytes, session, ...tls };
}

function readStaging(staging: unknown = 'shard'): Staging {
  if (staging === 'shard' || staging === false) return staging;
  if (typeof staging === 'string') return readServer(staging, "'staging'");
  throw new ConfigurationError("'staging' must be 'shard', a URL or false");
}

function readName(name: unknown = 'millrace'): string {
  if (typeof name === 'string') return name;
  throw new ConfigurationError("'application_name' must be a text");
}

/** The settings of TLS go to threads as plain data. */
function readSsl(ssl: ConnectOptions['ssl']): ConnectOptions['ssl'] {
  if (ssl === undefined || typeof ssl === 'boolean') return ssl;
  try {
    if (typeof ssl === 'object' && ssl !== null) return structuredClone(ssl);
  } catch {
    // Said below: it holds a function, or something else that no thread can be given.
  }
  throw new ConfigurationError(
    "'ssl' must be true, false or an object of plain data, without functions",
  );
}

function readSession(session: unknown = {}): Record<string, string> {
  if (typeof session !== 'object' || session === null || Array.isArray(session)) {
    throw new ConfigurationError("'session' must be an object: { setting: value }");
  }
  return Object.fromEntries(
    Object.entries(session).map(([name, value]) => {
      if (!['string', 'number', 'boolean'].includes(typeof value)) {
        throw new ConfigurationError(`session.${name} must be a text, a number or a boolean`);
      }
      if (RESERVED_SETTINGS.has(name.toLowerCase())) {
        throw new ConfigurationError(
          `session.${name} cannot be chosen: values are read in the form that Millrace sets`,
        );
      }
      return [name, String(value)];
    }),
  );
}

function count(name: string, value: unknown, preset: number, least = 1): number {
  if (value === undefined) return preset;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
  throw new ConfigurationError(`'${name}' must be a whole number of at least ${least}`);
}

/**
 * What the environment sets in place of an option (the hostile modes).
 * @throws ConfigurationError for what is no whole number of at least 0
 */
export function environmentNumber(
  environment: NodeJS.ProcessEnv,
  name: string,
): number | undefined {
  const text = environment[name];
  if (text === undefined || text === '') return undefined;
  return count(name, Number(text), 0);
}
