/** What a thread reports, as the error that the caller gets. */
import type { ServerErrorFields } from '@millrace/postgres';
import { ARRAYS_LIMIT, type ErrorEnvelope, type Failed } from '@millrace/worker';
import { MergeError, ShardError, SqlError, TimeoutError, UnsupportedError } from '../errors.js';
import type { Shard } from '../topology/shards.js';
import { ArraysLimitError } from './arrays-limit-error.js';

/**
 * SQLSTATE classes that speak of the server, not of the statement: connection (08), transaction rollback (40),
 * authorization at login (28), unknown database (3D), resources (53), objects in use (55), operator intervention (57),
 * system (58), configuration (F0), internal (XX). All others are the statement's fault. (PostgreSQL: "Error Codes".)
 */
const SERVER_CLASSES = new Set(['08', '28', '3D', '40', '53', '55', '57', '58', 'F0', 'XX']);

/** By a CancelRequest, or by one of the server's own timeouts. */
const QUERY_CANCELED = '57014';

export function taskError(
  shard: Shard,
  { error: envelope, server }: Pick<Failed, 'error' | 'server'>,
): SqlError | ShardError | UnsupportedError | TimeoutError {
  const cause = causeOf(envelope);
  if (envelope.kind === 'statement') {
    if (envelope.code === 'MILLRACE_COPY') {
      return new UnsupportedError(envelope.message, {
        clause: 'COPY',
        position: 1,
        hint: 'read with SELECT',
        cause,
      });
    }
    return new SqlError(
      { message: envelope.message, code: envelope.code },
      { shard: shard.name, cause },
    );
  }
  if (envelope.fields !== undefined && !SERVER_CLASSES.has(envelope.code.slice(0, 2))) {
    return new SqlError(envelope.fields, { shard: shard.name, cause });
  }
  if (envelope.code === QUERY_CANCELED && /statement timeout/.test(envelope.message)) {
    return new TimeoutError(`Shard '${shard.name}': ${envelope.message}`, { cause });
  }
  return new ShardError(shard.name, `${envelope.message} (${shard.servers[server]?.place})`, {
    code: envelope.code,
    cause,
  });
}

export function threadLost({ name }: { readonly name: string }): ShardError {
  return new ShardError(name, 'its worker thread ended unexpectedly', {
    code: 'MILLRACE_THREAD_LOST',
  });
}

/** What went wrong in a merge: a value that SQL cannot have is the statement's fault, all else is ours. */
export function mergeError({
  error: envelope,
  rowCount,
  byteCount,
}: Failed): SqlError | MergeError | ArraysLimitError {
  const cause = causeOf(envelope);
  const { message, code } = envelope;
  if (envelope.kind === 'statement') return new SqlError({ message, code }, { cause });
  if (code === ARRAYS_LIMIT)
    return new ArraysLimitError(message, { code, cause, rowCount, byteCount });
  return new MergeError(`The shards' rows could not be merged: ${message}`, { code, cause });
}

export function mergeLost(): MergeError {
  return new MergeError("The worker thread that merged the shards' rows ended unexpectedly", {
    code: 'MILLRACE_THREAD_LOST',
  });
}

/** The error of the thread, with its own stack and all that the server said. */
function causeOf(envelope: ErrorEnvelope): Error {
  const nested = envelope.cause === undefined ? undefined : { cause: causeOf(envelope.cause) };
  const error = new Error(envelope.message, nested);
  if (envelope.stack !== undefined) error.stack = envelope.stack;
  const fields: Partial<ServerErrorFields> = envelope.fields ?? {};
  return Object.assign(error, { code: envelope.code }, fields);
}
