/** Why a connection ended, where nobody asked for it. */
import { ConnectionError, ServerError, WireError } from './errors.js';
import { type MessageBody, readServerError } from './wire/messages-in.js';

/** Nothing behind broken bytes can be trusted: the connection ends with them. */
export function brokenBytes(cause: unknown): ConnectionError {
  return new ConnectionError(cause instanceof Error ? cause.message : String(cause), {
    code: cause instanceof WireError ? cause.code : 'MILLRACE_INTERNAL',
    cause,
  });
}

/** An error while nothing runs: the server ends the session (shutdown, idle timeout, pg_terminate_backend). */
export function serverLeft(body: MessageBody): ConnectionError {
  const cause = new ServerError(readServerError(body));
  return new ConnectionError(`The server ended the session: ${cause.message}`, {
    code: cause.code,
    cause,
  });
}
