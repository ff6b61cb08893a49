import { ValueError } from '@millrace/postgres';
import { UnsupportedError } from '../errors.js';

/** A value that cannot be shown as an error of ours, naming its column; any other error as it is. */
export function readableError(error: unknown): unknown {
  if (!(error instanceof ValueError)) return error;
  const { column, hint, message } = error;
  return new UnsupportedError(message, { clause: column, hint, cause: error.cause });
}
