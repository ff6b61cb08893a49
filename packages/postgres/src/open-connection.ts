import type { Duplex } from 'node:stream';
import type { DatabaseError } from 'pg';
import { ConnectionError, ServerError } from './errors.js';
import { type BackendKey, PostgresConnection } from './postgres-connection.js';
import { SocketFeed } from './socket-feed.js';

/** How to reach a server: what `pg` takes, as plain data that travels to a thread. */
export interface ServerAddress {
  /** `postgres://user:password@host:port/database?sslmode=…`; what it leaves out comes from the `PG*` variables. */
  readonly url: string;
  /** TLS settings beyond the URL's: `pg`'s `ssl`. */
  readonly ssl?: boolean | Record<string, unknown>;
  readonly applicationName?: string;
  /** Time for TCP, TLS and login together, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Settings of the session, by their names in PostgreSQL. */
  readonly session: Readonly<Record<string, string>>;
  /** Bytes of one read from the socket at most; 0 for no limit. */
  readonly readBytes: number;
}

/** What of `pg`'s client is used beyond its published types. */
interface ClientInternals {
  readonly connection: { readonly stream: Duplex; attachListeners(stream: Duplex): void };
  readonly processID: number;
  readonly secretKey: number;
}

/**
 * Logs in to a server by `pg` and takes the session over.
 *
 * @throws ServerError when the server refuses (wrong password, no such database, too many connections)
 * @throws ConnectionError when it cannot be reached, or not in time
 */
export async function openConnection(address: ServerAddress): Promise<PostgresConnection> {
  // Here and not above: the thread that only plans and reads results never needs it, and it takes 30 ms to load.
  const { default: pg } = await import('pg');
  const feed = new SocketFeed({ readBytes: address.readBytes });
  const client = new pg.Client({
    connectionString: address.url,
    stream: () => feed.socket,
    connectionTimeoutMillis: address.connectTimeoutMs,
    keepAlive: true,
    ...(address.ssl !== undefined && { ssl: address.ssl }),
    ...(address.applicationName !== undefined && { application_name: address.applicationName }),
  });
  // After the login the feed reports what happens to the socket; `pg` would throw it as an event nobody hears.
  client.on('error', () => undefined);
  const internals = client as unknown as ClientInternals;
  guardParser(internals);
  // In the very turn of the server's ReadyForQuery, when `pg`'s parser holds no bytes of ours.
  client.once('connect', () => feed.takeOver(internals.connection.stream));
  try {
    await client.connect();
  } catch (error) {
    feed.destroy();
    throw error instanceof pg.DatabaseError ? refusal(error) : connectFailure(error, address);
  }
  const key: BackendKey = { processId: internals.processID, secretKey: internals.secretKey };
  const connection = new PostgresConnection(feed, key);
  try {
    await connection.command(sessionCommands(address.session));
  } catch (error) {
    await connection.close();
    throw error;
  }
  return connection;
}

/**
 * `pg` reads the login where nobody catches what it throws: bytes that it does not know would end the thread, and all that
 * runs there. They end the connection instead.
 */
function guardParser({ connection }: ClientInternals): void {
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (stream) => {
    attach(stream);
    const [parse] = stream.listeners('data').slice(-1) as ((chunk: Buffer) => void)[];
    if (parse === undefined) return;
    stream.off('data', parse);
    stream.on('data', (chunk: Buffer) => {
      try {
        parse(chunk);
      } catch (error) {
        stream.destroy(error as Error);
      }
    });
  };
}

/** Settings that the values' text forms depend on, the same on every shard whatever its configuration says. */
const FIXED_SETTINGS: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
};

function sessionCommands(session: Readonly<Record<string, string>>): string {
  const settings = Object.entries({ ...FIXED_SETTINGS, ...session });
  return settings
    .map(([name, value]) => `SET ${quoteSetting(name)} TO ${quoteLiteral(value)}`)
    .join('; ');
}

/** A setting's name, maybe of an extension (`my.setting`), quoted part by part. */
function quoteSetting(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}

function quoteLiteral(value: string): string {
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return value.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** What the server said, without what `pg` adds. */
function refusal({ message, code = 'XX000', severity, detail, hint }: DatabaseError): ServerError {
  const optional = {
    ...(severity && { severity }),
    ...(detail && { detail }),
    ...(hint && { hint }),
  };
  return new ServerError({ message, code, ...optional });
}

function connectFailure(error: unknown, address: ServerAddress): ConnectionError {
  const { message, code } = error as NodeJS.ErrnoException;
  if (message === 'timeout expired') {
    return new ConnectionError(`No connection within ${address.connectTimeoutMs} ms`, {
      code: 'ETIMEDOUT',
      cause: error,
    });
  }
  // Where a name has several addresses, Node gathers one error for each.
  const first = (error as Partial<AggregateError>).errors?.[0]?.message as string | undefined;
  return new ConnectionError(message || first || String(error), {
    ...(code && { code }),
    cause: error,
  });
}
