import { CancelledError, type ConnectOptions, connect, type Database } from '@millrace/engine';

/**
 * Lends a database that is closed afterwards, whatever happens.
 *
 * @throws CancelledError when the signal is aborted while connections are being opened: nothing runs on any shard yet
 */
export async function withDatabase<Result>(
  options: ConnectOptions,
  signal: AbortSignal,
  use: (db: Database) => Promise<Result>,
): Promise<Result> {
  const db = await connectUnless(signal, options);
  try {
    return await use(db);
  } finally {
    await db.close();
  }
}

async function connectUnless(signal: AbortSignal, options: ConnectOptions): Promise<Database> {
  const connecting = connect(options);
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new CancelledError('Cancelled while connecting', signal.reason));
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([connecting, aborted]);
  } catch (error) {
    // Connected after all, or failed with nobody to hear it: the process is about to end.
    connecting.then((db) => db.close()).catch(() => undefined);
    throw error;
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
