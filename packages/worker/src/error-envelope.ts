import { SqlValueError } from '@millrace/operators';
import {
  ConnectionError,
  ServerError,
  type ServerErrorFields,
  StatementError,
} from '@millrace/postgres';

/** Whose fault an error is, as far as a thread can tell. */
export type ErrorKind = 'server' | 'statement' | 'connection' | 'cancelled' | 'internal';

/** An error as plain data. Structured cloning would lose its class and its fields. */
export interface ErrorEnvelope {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly code: string;
  readonly stack: string | undefined;
  /** For kind 'server': all that the server said. */
  readonly fields?: ServerErrorFields;
  readonly cause?: ErrorEnvelope;
}

/** The statement was cancelled by its consumer. */
export class TaskCancelledError extends Error {
  readonly code = 'MILLRACE_CANCELLED';

  constructor() {
    super('The statement was cancelled');
    this.name = 'TaskCancelledError';
  }
}

/** Causes of causes told at most: a chain may be a circle. */
const MOST_CAUSES = 4;

export function toEnvelope(error: unknown, causes: number = MOST_CAUSES): ErrorEnvelope {
  if (!(error instanceof Error)) {
    return {
      kind: 'internal',
      message: String(error),
      code: 'MILLRACE_INTERNAL',
      stack: undefined,
    };
  }
  const { code } = error as { code?: unknown };
  return {
    kind: kindOf(error),
    message: error.message,
    code: typeof code === 'string' ? code : 'MILLRACE_INTERNAL',
    stack: error.stack,
    ...(error instanceof ServerError && { fields: error.fields }),
    ...(causes > 0 &&
      error.cause instanceof Error && { cause: toEnvelope(error.cause, causes - 1) }),
  };
}

function kindOf(error: Error): ErrorKind {
  if (error instanceof ServerError) return 'server';
  if (error instanceof StatementError || error instanceof SqlValueError) return 'statement';
  if (error instanceof ConnectionError) return 'connection';
  return error instanceof TaskCancelledError ? 'cancelled' : 'internal';
}
