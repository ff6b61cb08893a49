import { CsvError, ExasolError, TunnelError } from '@millrace/exasol';
import type { TransportFailed } from '@millrace/worker';
import { MillraceError } from '../errors.js';

/** Whose failure ended a transfer, most telling first. */
export type TransferOrigin = 'caller' | 'statement' | 'tunnel';

/** Something that went wrong in a transfer. */
export interface TransferFailure {
  readonly origin: TransferOrigin;
  readonly error: Error;
  /** Which stream's, from 0; undefined for the statement's. */
  readonly worker: number | undefined;
}

/**
 * An EXPORT or IMPORT has failed. `cause` is why: an error of the caller's own sink or source if there is one, else what the database
 * says of the statement (an `ExasolError`), else what befell a tunnel (a `TunnelError`). What else went wrong is in `errors`.
 *
 * Nothing of a failed IMPORT is committed, unless its message says that the statement had succeeded; what a failed EXPORT has
 * written is not the whole.
 */
export class ExasolTransferError extends MillraceError {
  /** `caller`: the sink or the source; `statement`: the database; `tunnel`: the network, a node, or a worker thread. */
  readonly origin: TransferOrigin;
  /** Which of the streams failed first, from 0; undefined for the statement. */
  readonly worker: number | undefined;
  /** Exasol's own code where the database spoke, such as `42636`. */
  readonly sqlCode: string | undefined;
  /** The other failures, most telling first. */
  readonly errors: readonly Error[];

  constructor(what: string, failures: readonly TransferFailure[]) {
    const [first, ...others] = ordered(failures);
    const { origin, error, worker } = first as TransferFailure;
    const where = worker === undefined ? '' : ` (stream ${worker})`;
    super(`${what}${where}: ${error.message}`, codeOf(error), { cause: error });
    this.origin = origin;
    this.worker = worker;
    this.sqlCode = error instanceof ExasolError ? error.sqlCode : undefined;
    this.errors = others.map((other) => other.error);
  }
}

const ORDER: readonly TransferOrigin[] = ['caller', 'statement', 'tunnel'];

/** By origin; those of one origin in the order they came. */
function ordered(failures: readonly TransferFailure[]): readonly TransferFailure[] {
  return ORDER.flatMap((origin) => failures.filter((failure) => failure.origin === origin));
}

function codeOf(error: Error): string {
  const { code, sqlCode } = error as { code?: unknown; sqlCode?: unknown };
  if (typeof sqlCode === 'string') return sqlCode;
  return typeof code === 'string' ? code : 'MILLRACE_TRANSFER';
}

/** What a thread tells of a failure, as an error again. */
export function workerError({ error, name, tunnel, csv }: TransportFailed): Error {
  const { message, code, stack, cause } = error;
  if (tunnel !== undefined) {
    const told = new TunnelError('', tunnel);
    told.message = message;
    return told;
  }
  if (csv !== undefined) return new CsvError(message, csv);
  const made = new Error(
    message,
    cause === undefined ? undefined : { cause: new Error(cause.message) },
  );
  made.name = name;
  if (stack !== undefined) made.stack = stack;
  return code === 'MILLRACE_INTERNAL' ? made : Object.assign(made, { code });
}
