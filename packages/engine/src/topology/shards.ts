import { type AddressParts, addressParts } from '@millrace/postgres';
import { ConfigurationError } from '../errors.js';

/** A shard as the caller names it: a URL, or a URL with a name and with the servers that hold copies of it. */
export type ShardOption =
  | string
  | {
      readonly url: string;
      readonly name?: string;
      /** Servers with the same data, asked only to read: a standby that lags behind, or is read-only, will do. */
      readonly replicas?: readonly string[];
    };

/** One part of the data, on a server. */
export interface Shard {
  readonly index: number;
  /** `shard0`, `shard1`, … unless the caller gave a name. */
  readonly name: string;
  /** The first server, which alone is written to, then its replicas. */
  readonly servers: readonly Server[];
}

/** `'round-robin'`: a shard's servers take turns, its first server among them. */
export type ReplicaReads = 'fallback' | 'round-robin';

/** One server that holds a shard. */
export interface Server {
  readonly url: string;
  /** Where it is, for people: host, port and database, no password. */
  readonly place: string;
}

/**
 * Reads the list of shards.
 *
 * @throws ConfigurationError naming the entry and what is wrong with it
 */
export function readShards(options: unknown): Shard[] {
  if (!Array.isArray(options))
    throw new ConfigurationError("'shards' must be a list of connection URLs");
  if (options.length === 0)
    throw new ConfigurationError("'shards' is empty: name at least one server");
  const shards = options.map((option: unknown, index) => readShard(option, index));
  const seen = new Map<string, number>();
  for (const { name, index } of shards) {
    const other = seen.get(name);
    if (other !== undefined)
      throw new ConfigurationError(
        `shards[${other}] and shards[${index}] have the same name '${name}'`,
      );
    seen.set(name, index);
  }
  return shards;
}

function readShard(option: unknown, index: number): Shard {
  const given: Record<string, unknown> =
    typeof option === 'object' && option !== null ? { ...option } : { url: option };
  const { url, name = `shard${index}`, replicas = [], ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new ConfigurationError(
      `shards[${index}].${unknown} is not known: a shard has a 'url', a 'name' and 'replicas'`,
    );
  }
  if (typeof url !== 'string')
    throw new ConfigurationError(`shards[${index}] must be a URL, or an object with a 'url'`);
  if (typeof name !== 'string' || name === '')
    throw new ConfigurationError(`shards[${index}].name must be a text`);
  if (!Array.isArray(replicas) || replicas.some((replica) => typeof replica !== 'string'))
    throw new ConfigurationError(`shards[${index}].replicas must be a list of URLs`);
  const servers = [
    readServer(url, `shards[${index}]`),
    ...(replicas as string[]).map((replica, i) =>
      readServer(replica, `shards[${index}].replicas[${i}]`),
    ),
  ];
  return { index, name, servers };
}

/**
 * Reads one server's URL.
 *
 * @param where which option it is, for the error
 * @throws ConfigurationError
 */
export function readServer(url: string, where: string): Server {
  return { url, place: placeOf(checkUrl(url, where)) };
}

/** `pg` reads what is no URL as a database's name and connects elsewhere: so it is refused before. */
function checkUrl(url: string, where: string): AddressParts {
  const expected = `${where}: expected postgres://user:password@host:port/database`;
  if (/^\s*\w+\s*=/.test(url)) throw new ConfigurationError(`${expected}, not a list of key=value`);
  if (!/^(postgres(ql)?:\/\/|socket:)/i.test(url)) throw new ConfigurationError(`${expected}`);
  const authority = /^\w+:\/\/(?:[^@/]*@)?([^/?#]*)/.exec(url)?.[1] ?? '';
  if (authority.includes(',')) throw severalHosts(expected);
  // A password's own '/', '?' or '#' would end the address there, and what follows would be shown as a database's name.
  if (/^\w+:\/\/[^@/?#]*[/?#][^=]*@/.test(url)) {
    throw new ConfigurationError(
      `${expected}, with '/', '?', '#' and '@' of a password as %2F, %3F, %23 and %40`,
    );
  }
  let parts: AddressParts;
  try {
    parts = addressParts(url);
  } catch (cause) {
    throw new ConfigurationError(`${expected}: ${unreadable(cause)}`);
  }
  if (parts.host.includes(',')) throw severalHosts(expected);
  return parts;
}

/** The cause may quote the URL, and with it the password: only its kind is told, and which file is not to be read. */
function unreadable(cause: unknown): string {
  if (cause instanceof TypeError) return 'this is not a valid URL';
  const { code, path } = cause as NodeJS.ErrnoException;
  return path === undefined ? 'it cannot be read' : `the file '${path}' cannot be read (${code})`;
}

function severalHosts(expected: string): ConfigurationError {
  return new ConfigurationError(
    `${expected}: a URL names one host. List each server as a shard of its own`,
  );
}

function placeOf({ host, port, database }: AddressParts): string {
  return `${host}:${port}/${database}`;
}
