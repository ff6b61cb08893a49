import {
  ConnectionError,
  type PostgresConnection,
  requestCancel,
  type ServerAddress,
} from '@millrace/postgres';

/** A cancelled server is asked again after this time, then after twice as long, and so on. */
const FIRST_PAUSE_MS = 50;

/**
 * Cancels what a connection runs. Settles when the server has heard it and the connection is free, or when it is closed
 * because the server does not answer within `graceMs`. What it ran is to be abandoned first.
 */
export async function stopServer(
  connection: PostgresConnection,
  address: ServerAddress,
  graceMs: number,
): Promise<void> {
  const tooLate = new ConnectionError('The server did not end a cancelled statement', {
    code: 'MILLRACE_CANCEL_LATE',
  });
  const timer = setTimeout(() => connection.destroy(tooLate), graceMs);
  try {
    // A cancel that arrives before the server has begun with the statement goes unheard: so it is repeated.
    for (let pauseMs = FIRST_PAUSE_MS; connection.state === 'busy'; pauseMs *= 2) {
      await requestCancel({ ...address, connectTimeoutMs: graceMs }, connection.key);
      await settledWithin(connection, pauseMs);
    }
  } catch (error) {
    connection.destroy(error as ConnectionError);
  } finally {
    clearTimeout(timer);
  }
}

async function settledWithin(connection: PostgresConnection, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([connection.settled(), late]);
  clearTimeout(timer);
}
