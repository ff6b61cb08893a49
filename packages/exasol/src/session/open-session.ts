import { parseDsn } from '../dsn/parse-dsn.js';
import { type ResolveOptions, resolveHosts } from '../dsn/resolve-hosts.js';
import { ExasolOptionError } from '../errors.js';
import { CommandQueue } from './command-queue.js';
import { type Credentials, login, type SessionInfo } from './login.js';
import { openAny } from './open-any.js';
import type { TlsOptions } from './open-socket.js';
import type { SessionAttributes } from './protocol.js';
import { type NodeMapper, Session } from './session.js';
import { WebSocketLink } from './websocket-link.js';

export interface SessionOptions {
  /** Hosts, as `exa1..4.example.com/FINGERPRINT:8563`. They are tried in random order until one connects. */
  readonly dsn: string;
  /** Who logs in: a user with a password, … */
  readonly user?: string;
  readonly password?: string;
  /** … or a token. Tokens want encryption. */
  readonly accessToken?: string;
  readonly refreshToken?: string;
  /** TLS. Default true; servers since release 8 take nothing else. */
  readonly encryption?: boolean;
  /** Whom to trust. Default: Node's authorities. A fingerprint in `dsn` goes before it. */
  readonly tls?: TlsOptions;
  /** Compress messages (zlib). For slow lines. Default false. */
  readonly compression?: boolean;
  /** The current schema. Default: none. */
  readonly schema?: string;
  /** Default true. */
  readonly autocommit?: boolean;
  /** Seconds a statement may take. Default 0: no limit. */
  readonly queryTimeoutSeconds?: number;
  /** Default: the server's. */
  readonly snapshotTransactions?: boolean;
  /** Bytes of a page of rows, about. Default 5 MiB, at most 64 MiB. */
  readonly fetchBytes?: number;
  /** For each address: TCP, TLS and the upgrade. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** How long nothing may be heard of the server while a command runs; servers send a Pong each second. Default 30,000. */
  readonly idleTimeoutMs?: number;
  /** How long an aborted command may take to end before the session is closed. Default 5,000. */
  readonly abortTimeoutMs?: number;
  /** How names become addresses. */
  readonly names?: ResolveOptions;
  /** Where nodes are reached from here. Default: where the cluster says. */
  readonly mapNode?: NodeMapper;
  /** Shown in the database's list of sessions. Default `Millrace`. */
  readonly clientName?: string;
  readonly clientVersion?: string;
  /** Ends the opening. */
  readonly signal?: AbortSignal;
}

const MAX_FETCH_BYTES = 64 * 1024 * 1024;

/**
 * Connects and logs in.
 * @throws ExasolOptionError before anything is opened; ExasolConnectionError if no host can be used; ExasolError (08004) if the
 * login is refused, after which no other host is tried; the signal's reason. No error holds a password or a token.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { encryption = true, compression = false, signal } = options;
  const fetchBytes = checkNumber(options, 'fetchBytes', 5 * 1024 * 1024, MAX_FETCH_BYTES);
  const connectTimeoutMs = checkNumber(options, 'connectTimeoutMs', 10_000);
  const idleTimeoutMs = checkNumber(options, 'idleTimeoutMs', 30_000);
  const abortTimeoutMs = checkNumber(options, 'abortTimeoutMs', 5_000);
  const credentials = credentialsOf(options, encryption);
  const hosts = parseDsn(options.dsn, encryption);

  const addresses = await resolveHosts(hosts, options.names);
  const opened = await openAny(addresses, {
    encryption,
    connectTimeoutMs,
    signal,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  });
  const link = new WebSocketLink(opened, idleTimeoutMs);
  const queue = new CommandQueue(link, abortTimeoutMs);
  const stop = (): void => link.destroy(signal?.reason as Error);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const info = await login(queue, {
      credentials,
      compression,
      attributes: loginAttributes(options),
      clientName: options.clientName ?? 'Millrace',
      clientVersion: options.clientVersion ?? '0.1.0',
    });
    agree(link, queue, info, compression);
    const session = new Session({
      link,
      queue,
      info,
      port: opened.address.port,
      encryption,
      compression,
      fetchBytes,
      mapNode: options.mapNode,
    });
    await session.getAttributes();
    return session;
  } catch (error) {
    link.destroy(error as Error);
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** What holds from the end of the login on. */
function agree(
  link: WebSocketLink,
  queue: CommandQueue,
  info: SessionInfo,
  compression: boolean,
): void {
  link.compressed = compression;
  queue.sessionId = info.sessionId;
  queue.maxMessageBytes = info.maxDataMessageSize;
}

function loginAttributes(options: SessionOptions): SessionAttributes {
  const { schema = '', autocommit = true, queryTimeoutSeconds = 0 } = options;
  const { snapshotTransactions } = options;
  return {
    currentSchema: schema,
    autocommit,
    queryTimeout: queryTimeoutSeconds,
    ...(snapshotTransactions === undefined
      ? {}
      : { snapshotTransactionsEnabled: snapshotTransactions }),
  };
}

function credentialsOf(options: SessionOptions, encryption: boolean): Credentials {
  const { user, password, accessToken, refreshToken } = options;
  const ways = [user ?? password, accessToken, refreshToken].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    throw new ExasolOptionError(
      'user',
      'give one way to log in: user and password, accessToken, or refreshToken',
    );
  }
  if (accessToken !== undefined || refreshToken !== undefined) {
    if (!encryption) {
      throw new ExasolOptionError(
        accessToken === undefined ? 'refreshToken' : 'accessToken',
        'a token would travel in the clear: encryption must be true',
      );
    }
    return accessToken !== undefined ? { accessToken } : { refreshToken: refreshToken as string };
  }
  if (typeof user !== 'string' || user === '') {
    throw new ExasolOptionError('user', 'must be text that is not empty');
  }
  if (typeof password !== 'string') {
    throw new ExasolOptionError('password', 'must be text');
  }
  return { user, password };
}

type NumberOption = 'fetchBytes' | 'connectTimeoutMs' | 'idleTimeoutMs' | 'abortTimeoutMs';

/** @param most 2^31 - 1 is the longest time a timer of Node takes */
function checkNumber(
  options: SessionOptions,
  name: NumberOption,
  ifMissing: number,
  most = 2_147_483_647,
): number {
  const value = options[name] ?? ifMissing;
  if (!Number.isSafeInteger(value) || value < 1 || value > most) {
    throw new ExasolOptionError(name, `must be a whole number from 1 to ${most}`);
  }
  return value;
}
