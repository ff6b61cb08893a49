import type { ConnectionError } from './errors.js';
import type { PostgresConnection } from './postgres-connection.js';

/** Waits for a connection's answer; when it does not come in time the connection is destroyed, and fails with `error`. */
export async function withinTime<T>(
  connection: PostgresConnection,
  limit: { readonly ms: number; readonly error: () => ConnectionError },
  answer: Promise<T>,
): Promise<T> {
  const timer = setTimeout(() => connection.destroy(limit.error()), Math.max(1, limit.ms));
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
  }
}
