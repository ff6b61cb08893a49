/**
 * Why the embedded servers are not to be had:
 *
 * - `UNSUPPORTED_PLATFORM`: no binaries exist for this operating system and processor
 * - `BINARIES_MISSING`: they exist, but their optional npm package is not installed
 * - `INVALID_OPTION`: a wrong value in the options
 * - `NO_DIRECTORY`: no directory that the servers can use is writable
 * - `INIT_FAILED`: `initdb`, or the copying of its result, failed
 * - `START_FAILED`: a server did not come up; the message ends with the tail of its log
 * - `STOPPED`: the cluster has been stopped, its data is gone
 * - `ENVIRONMENT_SHARDS`: a server named by `MILLRACE_SHARDS` cannot be used
 */
export type EmbeddedPostgresErrorCode =
  | 'UNSUPPORTED_PLATFORM'
  | 'BINARIES_MISSING'
  | 'INVALID_OPTION'
  | 'NO_DIRECTORY'
  | 'INIT_FAILED'
  | 'START_FAILED'
  | 'STOPPED'
  | 'ENVIRONMENT_SHARDS';

/** The one error class of this package; `code` says whose fault it is, the message what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name: string = 'EmbeddedPostgresError';
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether `error` is a system error (of `node:fs`, `node:child_process`) with one of these codes. */
export function isSystemError(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
