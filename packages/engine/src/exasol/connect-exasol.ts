import { openSession, type SessionOptions } from '@millrace/exasol';
import { environmentNumber } from '../options.js';
import { ExasolConnection } from './exasol-connection.js';
import { readThreads } from './transfer-options.js';
import { transportSlot } from './transport-slot.js';

/** More may never be needed. */
const FIRST_THREADS = 4;

export interface ExasolConnectOptions extends SessionOptions {
  /** Worker threads that hold tunnels; the first four start while it logs in, others when they are needed. Default: the number of cores. */
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
  const count = environmentNumber(process.env, 'MILLRACE_THREADS') ?? asked;
  // They start while it logs in: the first transfer need not wait for them.
  const started = Array.from({ length: Math.min(count, FIRST_THREADS) }, () => transportSlot());
  try {
    return new ExasolConnection(await openSession(session), count, started);
  } catch (error) {
    await Promise.all(started.map((slot) => slot.close()));
    throw error;
  }
}
