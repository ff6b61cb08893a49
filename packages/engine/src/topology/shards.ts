import { type AddressParts, addressParts } from '@millrace/postgres';
import { ConfigurationError } from '../errors.js';

/** A shard as the caller names it: a URL, or a URL with a name. */
export type ShardOption = string | { readonly url: string; readonly name?: string };

/** One part of the data, on a server. */
export interface Shard {
  readonly index: number;
  /** `shard0`, `shard1`, … unless the caller gave a name. */
  readonly name: string;
  readonly url: string;
  /** Where it lies, for people: host, port and database, no password. */
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
  const { url, name = `shard${index}` } =
    typeof option === 'object' && option !== null
      ? (option as { url: unknown; name?: unknown })
      : { url: option as unknown };
  const unknown = Object.keys(typeof option === 'object' && option !== null ? option : {}).find(
    (key) => key !== 'url' && key !== 'name',
  );
  if (unknown !== undefined) {
    throw new ConfigurationError(
      `shards[${index}].${unknown} is not known: a shard has a 'url' and a 'name'`,
    );
  }
  if (typeof url !== 'string')
    throw new ConfigurationError(`shards[${index}] must be a URL, or an object with a 'url'`);
  if (typeof name !== 'string' || name === '')
    throw new ConfigurationError(`shards[${index}].name must be a text`);
  return { index, name, url, place: placeOf(checkUrl(url, index)) };
}

/** `pg` reads what is no URL as a database's name and connects elsewhere: so it is refused before. */
function checkUrl(url: string, index: number): AddressParts {
  const expected = `shards[${index}]: expected postgres://user:password@host:port/database`;
  if (/^\s*\w+\s*=/.test(url)) throw new ConfigurationError(`${expected}, not a list of key=value`);
  if (!/^(postgres(ql)?:\/\/|socket:)/i.test(url)) throw new ConfigurationError(`${expected}`);
  const authority = /^\w+:\/\/(?:[^@/]*@)?([^/?#]*)/.exec(url)?.[1] ?? '';
  if (authority.includes(',')) throw severalHosts(expected);
  let parts: AddressParts;
  try {
    parts = addressParts(url);
  } catch (cause) {
    // The cause may quote the URL, and with it the password: only its kind is told.
    throw new ConfigurationError(
      `${expected}: ${cause instanceof TypeError ? 'this is not a valid URL' : 'it cannot be read'}`,
    );
  }
  if (parts.host.includes(',')) throw severalHosts(expected);
  return parts;
}

function severalHosts(expected: string): ConfigurationError {
  return new ConfigurationError(
    `${expected}: a URL names one host. List each server as a shard of its own`,
  );
}

function placeOf({ host, port, database }: AddressParts): string {
  return `${host}:${port}/${database}`;
}
