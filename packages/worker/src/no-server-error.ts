import { ConnectionError, ServerError } from '@millrace/postgres';
import type { ShardSettings } from './protocol.js';

/**
 * SQLSTATEs by which a server says that it takes nobody now: connection exceptions (08), too many connections, starting up
 * or shutting down. (PostgreSQL: "Error Codes", classes 08, 53 and 57.)
 */
const NOBODY = /^(08|53300|57P0[123])/;

/** Code of a server that cannot have the settings which the others have. */
export const SESSION_REFUSED = 'MILLRACE_SESSION';

/** Whether a login failed because the server cannot be used now, and not because it does not want us. */
export function takesNobody(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.code !== SESSION_REFUSED;
  return error instanceof ServerError && NOBODY.test(error.code);
}

/** No server of a shard takes us. Says what each of them said; the code is that of the first one. */
export class NoServerError extends ConnectionError {
  /** What a shard's failures amount to: the only one itself, or all of them. In the order in which servers were asked. */
  static of(
    failures: readonly { readonly server: number; readonly error: Error }[],
    { replicas = [] }: ShardSettings,
  ): Error {
    const [only] = failures;
    if (failures.length === 1 && only !== undefined) return only.error;
    const said = [...failures].sort((a, b) => a.server - b.server);
    const first = said[0]?.error as Error & { code: string };
    const others = said
      .slice(1)
      .map(({ server, error }) => `${replicas[server - 1]?.place}: ${error.message}`);
    return new NoServerError(`${first.message}; nor does a replica answer (${others.join('; ')})`, {
      code: first.code,
      cause: first,
    });
  }
}
