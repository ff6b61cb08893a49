import { openSession, type SessionOptions } from '@millrace/exasol';
import { ExasolConnection } from './exasol-connection.js';
import { hostile } from './hostile-modes.js';
import { readThreads } from './transfer-options.js';

export interface ExasolConnectOptions extends SessionOptions {
  /** Worker threads that hold tunnels; they start when the login is done, and nothing waits for them. Default: the number of cores. */
  readonly threads?: number;
}

/**
 * Connects to an Exasol database and logs in: one connection, to whichever of the hosts answers first. Tunnels are opened by the calls
 * that need them.
 * @throws ExasolOptionError before anything is opened; ExasolConnectionError if no host can be used; ExasolError (08004) if the login is
 * refused; the signal's reason
 */
export async function connectExasol(options: ExasolConnectOptions): Promise<ExasolConnection> {
  const { threads, ...session } = options;
  const asked = readThreads(threads);
  const count = hostile('THREADS') ?? asked;
  const connection = new ExasolConnection(await openSession(session), count);
  connection.startThreads();
  return connection;
}
