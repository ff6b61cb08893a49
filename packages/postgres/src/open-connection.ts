import type { Duplex } from 'node:stream';
import type { DatabaseError } from 'pg';
import { parse } from 'pg-connection-string';
import { ConnectionError, ServerError } from './errors.js';
import { type BackendKey, PostgresConnection } from './postgres-connection.js';
import { settingsInOptions } from './session-settings.js';
import { SocketFeed } from './socket-feed.js';
import { withinTime } from './time-limit.js';

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

const KEEP_ALIVE_MS = 30_000;

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
  const deadline = performance.now() + address.connectTimeoutMs;
  const feed = new SocketFeed({ readBytes: address.readBytes });
  const client = new pg.Client({
    connectionString: address.url,
    stream: () => feed.socket,
    connectionTimeoutMillis: address.connectTimeoutMs,
    keepAlive: true,
    // A peer that is gone without a word is looked for after this time, not after the system's two hours.
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    // SCRAM-SHA-256-PLUS where the server offers it: then nobody in the middle can pass a login on.
    enableChannelBinding: true,
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
  const connection = new PostgresConnection(feed, key, {
    session: address.session,
    byUrl: settingsInOptions(parse(address.url).options),
  });
  try {
    const ms = deadline - performance.now();
    await withinTime(connection, { ms, error: () => tooLate(address) }, connection.begin());
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
    return tooLate(address, error);
  }
  // Where a name has several addresses, Node gathers one error for each.
  const first = (error as Partial<AggregateError>).errors?.[0]?.message as string | undefined;
  return new ConnectionError(message || first || String(error), {
    ...(code && { code }),
    cause: error,
  });
}

function tooLate({ connectTimeoutMs }: ServerAddress, cause?: unknown): ConnectionError {
  return new ConnectionError(`No connection within ${connectTimeoutMs} ms`, {
    code: 'ETIMEDOUT',
    cause,
  });
}
