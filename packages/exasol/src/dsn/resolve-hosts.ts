import { lookup } from 'node:dns/promises';
import { isIPv4 } from 'node:net';
import { ExasolConnectionError } from '../errors.js';
import type { DsnHost } from './parse-dsn.js';

/** An address to try, and the name it was found by. */
export interface HostAddress extends DsnHost {
  /** IPv4, or the name itself where names are not to be resolved. */
  readonly address: string;
}

export interface ResolveOptions {
  /** false: hand names to the system as they are. Default true. */
  readonly resolve?: boolean;
  /** All IPv4 addresses of a name. Default: the system's resolver. */
  readonly lookup?: (host: string) => Promise<readonly string[]>;
  /** Numbers in [0, 1) to shuffle by. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * All IPv4 addresses of all hosts, shuffled so that many clients spread over the nodes.
 * @throws ExasolConnectionError that names the host if one cannot be resolved, even if others can
 */
export async function resolveHosts(
  hosts: readonly DsnHost[],
  options: ResolveOptions = {},
): Promise<readonly HostAddress[]> {
  const { resolve = true, lookup: find = lookupAll, random = Math.random } = options;
  const found = await Promise.all(
    hosts.map(async (host): Promise<readonly HostAddress[]> => {
      const addresses = resolve ? await addressesOf(host.host, find) : [host.host];
      return addresses.map((address) => ({ ...host, address }));
    }),
  );
  return shuffled(found.flat(), random);
}

async function addressesOf(
  host: string,
  find: (host: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  if (isIPv4(host)) {
    return [host];
  }
  try {
    const addresses = await find(host);
    if (addresses.length > 0) {
      return addresses;
    }
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    throw new ExasolConnectionError(
      `The host '${host}' of the connection string cannot be resolved${typeof code === 'string' ? ` (${code})` : ''}`,
      { cause, code: typeof code === 'string' ? code : 'ENOTFOUND' },
    );
  }
  throw new ExasolConnectionError(
    `The host '${host}' of the connection string has no IPv4 address`,
    {
      code: 'ENOTFOUND',
    },
  );
}

async function lookupAll(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, family: 4 });
  return [...new Set(found.map(({ address }) => address))];
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}
