import { ConnectionError } from './errors.js';
import type { ServerAddress } from './open-connection.js';
import type { BackendKey } from './postgres-connection.js';

/** What of `pg`'s low-level connection is used beyond its published types. */
interface RawConnection {
  connect(port: number | string, host?: string): void;
  cancel(processId: number, secretKey: number): void;
  requestSsl(): void;
  end(): void;
  readonly stream: { destroy(): void };
  on(event: 'connect' | 'sslconnect' | 'end', listener: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
}

/**
 * Asks a server to stop what a session is running: a CancelRequest on a connection of its own, under TLS where the
 * session is. Settles when the server has closed that connection; the running statement then ends soon, with an error
 * or, when it was just done, without. ("Canceling Requests in Progress" of PostgreSQL's protocol documentation.)
 *
 * @throws ConnectionError when the server cannot be reached in time
 */
export async function requestCancel(address: ServerAddress, key: BackendKey): Promise<void> {
  const { default: pg } = await import('pg');
  const parameters = new pg.Client({
    connectionString: address.url,
    ...(address.ssl !== undefined && { ssl: address.ssl }),
  });
  const { host, port } = parameters;
  const { ssl } = parameters as unknown as { ssl: boolean };
  const RawConnectionClass = pg.Connection as unknown as new (config: {
    ssl: boolean;
  }) => RawConnection;
  const raw = new RawConnectionClass({ ssl });
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const send = (): void => raw.cancel(key.processId, key.secretKey);
      raw.on('connect', ssl ? () => raw.requestSsl() : send);
      raw.on('sslconnect', send);
      raw.on('end', resolve);
      raw.on('error', reject);
      timer = setTimeout(() => reject(new Error('timeout expired')), address.connectTimeoutMs);
      if (host.startsWith('/')) raw.connect(`${host}/.s.PGSQL.${port}`);
      else raw.connect(port, host);
    });
  } catch (cause) {
    throw new ConnectionError(`The cancel request did not reach the server: ${String(cause)}`, {
      cause,
    });
  } finally {
    clearTimeout(timer);
    raw.stream.destroy();
  }
}
