import { describe, expect, it } from 'vitest';
import { ExasolConnectionError } from '../errors.js';
import { parseDsn } from './parse-dsn.js';
import { resolveHosts } from './resolve-hosts.js';

const names: Readonly<Record<string, readonly string[]>> = {
  one: ['10.0.0.1'],
  two: ['10.0.0.2', '10.0.0.3'],
  none: [],
};

const lookup = async (host: string): Promise<readonly string[]> => {
  const found = names[host];
  if (found === undefined) {
    throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
  }
  return found;
};

describe('resolveHosts', () => {
  it('gives every address with the name it was found by', async () => {
    const found = await resolveHosts(parseDsn('one,two:7,127.0.0.9'), { lookup });
    const lines = found.map(({ host, address, port }) => `${host} ${address}:${port}`).sort();
    expect(lines).toEqual([
      '127.0.0.9 127.0.0.9:8563',
      'one 10.0.0.1:7',
      'two 10.0.0.2:7',
      'two 10.0.0.3:7',
    ]);
  });

  it('shuffles by the numbers it is given, and reaches every order', async () => {
    const hosts = parseDsn('10.0.0.1..3');
    const orders = new Set<string>();
    let step = 0;
    for (let i = 0; i < 6; i++) {
      const draws = [(i % 3) / 3, Math.floor(i / 3) / 2];
      const found = await resolveHosts(hosts, { random: () => draws[step++ % 2] as number });
      orders.add(found.map(({ address }) => address).join());
    }
    expect(orders.size).toBe(6);
  });

  it('fails if one host is unknown, though others are not', async () => {
    const failed = resolveHosts(parseDsn('one,nowhere'), { lookup });
    await expect(failed).rejects.toThrow(ExasolConnectionError);
    await expect(failed).rejects.toThrow(/'nowhere' of the connection string cannot be resolved/);
    await expect(resolveHosts(parseDsn('none'), { lookup })).rejects.toThrow(/no IPv4 address/);
  });

  it('leaves names alone if told so', async () => {
    const found = await resolveHosts(parseDsn('nowhere'), { lookup, resolve: false });
    expect(found).toEqual([
      { host: 'nowhere', address: 'nowhere', port: 8563, fingerprint: undefined },
    ]);
  });
});
