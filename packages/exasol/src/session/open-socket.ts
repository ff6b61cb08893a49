/** A WebSocket to one address: TCP, TLS with its checks, then the upgrade. Nothing is sent before the server's certificate is known to be right. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { NO_CERTIFICATE_CHECK } from '../dsn/parse-dsn.js';
import type { HostAddress } from '../dsn/resolve-hosts.js';
import { ExasolConnectionError } from '../errors.js';
import { MAX_MESSAGE_BYTES } from './frame-codec.js';

/** What of node:tls may be set: whom to trust, and a certificate of our own. */
export type TlsOptions = Pick<
  ConnectionOptions,
  | 'ca'
  | 'cert'
  | 'key'
  | 'passphrase'
  | 'ciphers'
  | 'minVersion'
  | 'maxVersion'
  | 'rejectUnauthorized'
>;

export interface SocketOptions {
  readonly encryption: boolean;
  readonly tls?: TlsOptions;
  /** For TCP, TLS and the upgrade together. */
  readonly connectTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface OpenSocket {
  readonly ws: WebSocket;
  readonly socket: Socket;
  readonly address: HostAddress;
}

/** The server's certificate is not the one that the connection string names. No other address is tried. */
export class FingerprintError extends ExasolConnectionError {}

/** Probes of an idle connection begin after so long: firewalls drop what they take for dead. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Opens a WebSocket to one address.
 * @throws ExasolConnectionError that names the address, and the reason; the signal's reason if it was aborted
 */
export async function openSocket(
  address: HostAddress,
  options: SocketOptions,
): Promise<OpenSocket> {
  const place = `${address.address}:${address.port}`;
  const { signal } = options;
  signal?.throwIfAborted();
  const socket = options.encryption ? startTls(address, options.tls) : startTcp(address);
  const limit = setTimeout(() => {
    socket.destroy(
      Object.assign(new Error(`no answer within ${options.connectTimeoutMs} ms`), {
        code: 'ETIMEDOUT',
      }),
    );
  }, options.connectTimeoutMs);
  const stop = (): void => {
    socket.destroy(new Error('aborted'));
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await connected(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    checkFingerprint(socket, address, place);
    return { ws: await upgraded(socket, address), socket, address };
  } catch (cause) {
    socket.destroy();
    signal?.throwIfAborted();
    throw cause instanceof ExasolConnectionError ? cause : connectError(place, cause, options);
  } finally {
    clearTimeout(limit);
    signal?.removeEventListener('abort', stop);
  }
}

const startTcp = ({ address, port }: HostAddress): Socket => connectTcp({ host: address, port });

function startTls({ host, address, port, fingerprint }: HostAddress, tls?: TlsOptions): Socket {
  return connectTls({
    ...tls,
    host: address,
    port,
    // The name that was asked for is sent and checked, not the address that it stands for.
    servername: isIP(host) === 0 ? host : '',
    rejectUnauthorized: fingerprint === undefined && tls?.rejectUnauthorized !== false,
  });
}

async function connected(socket: Socket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

function checkFingerprint(socket: Socket, { fingerprint }: HostAddress, place: string): void {
  if (fingerprint === undefined || fingerprint === NO_CERTIFICATE_CHECK) {
    return;
  }
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  const found = certificate?.fingerprint256.replaceAll(':', '').toUpperCase();
  if (found !== fingerprint) {
    throw new FingerprintError(
      `The certificate of ${place} has the fingerprint ${found ?? '(none)'}, and the connection string says ${fingerprint}`,
      { code: 'MILLRACE_FINGERPRINT' },
    );
  }
}

async function upgraded(socket: Socket, { host, port }: HostAddress): Promise<WebSocket> {
  const ws = new WebSocket(`ws://${host}:${port}/`, {
    createConnection: () => socket,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve);
    ws.once('error', reject);
  });
  return ws;
}

/** Certificates that no authority vouches for, in the words of OpenSSL and of Node. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_|CERT_|ALTNAME|ISSUER/;

function connectError(
  place: string,
  cause: unknown,
  { encryption }: SocketOptions,
): ExasolConnectionError {
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const word = typeof code === 'string' ? code : undefined;
  let hint = '';
  if (encryption && word !== undefined && UNTRUSTED.test(word)) {
    hint =
      '; give the authority as tls.ca, or the certificate’s fingerprint in the connection string';
  } else if (encryption && /SSL|EPROTO/.test(word ?? '')) {
    hint = '; does the server speak TLS? See the option encryption';
  } else if (!encryption && /hang up|ECONNRESET/.test(`${message}`)) {
    hint = '; servers since release 8 want encryption';
  }
  return new ExasolConnectionError(`Cannot connect to ${place}: ${message}${hint}`, {
    cause,
    ...(word === undefined ? {} : { code: word }),
  });
}
