import { userInfo } from 'node:os';
import { parse } from 'pg-connection-string';

/** The parts of an address that may be shown: no password. */
export interface AddressParts {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * Where a URL leads, for people: what it leaves out comes from the `PG*` variables, as when `pg` connects.
 *
 * @throws Error when it is no URL that `pg` reads
 */
export function addressParts(url: string): AddressParts {
  const { PGHOST, PGPORT, PGDATABASE, PGUSER } = process.env;
  const { host, port, database, user } = parse(url);
  const login = user || PGUSER || userInfo().username;
  return {
    host: host || PGHOST || 'localhost',
    port: Number(port || PGPORT || 5432),
    database: database || PGDATABASE || login,
    user: login,
  };
}
