import { constants } from 'node:buffer';

/** What a server said went wrong, with the names `pg` uses. Everything but `message` and `code` may be missing. */
export interface ServerErrorFields {
  readonly message: string;
  /** SQLSTATE. */
  readonly code: string;
  readonly severity?: string;
  readonly detail?: string;
  readonly hint?: string;
  /** 1-based position in the statement, in characters. */
  readonly position?: string;
  readonly internalPosition?: string;
  readonly internalQuery?: string;
  readonly where?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly dataType?: string;
  readonly constraint?: string;
  readonly file?: string;
  readonly line?: string;
  readonly routine?: string;
}

/** An ErrorResponse of the server. */
export class ServerError extends Error {
  readonly code: string;

  constructor(readonly fields: ServerErrorFields) {
    super(fields.message);
    this.name = 'ServerError';
    this.code = fields.code;
  }
}

/** The connection was lost, or could not be made. `code` is the system's word where there is one (`ECONNREFUSED`). */
export class ConnectionError extends Error {
  readonly code: string;

  constructor(message: string, options: { code?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ConnectionError';
    this.code = options.code ?? 'MILLRACE_CONNECTION';
  }
}

/** The server sent bytes that are not the protocol. The connection is of no use afterwards. */
export class WireError extends Error {
  readonly code = 'MILLRACE_WIRE';

  constructor(message: string) {
    super(`The server's answer is broken: ${message}`);
    this.name = 'WireError';
  }
}

/** A statement that cannot be run the way results are read here. */
export class StatementError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
    this.name = 'StatementError';
  }
}

/** A value that its JavaScript type cannot hold: the server's answer is in order. */
export class ValueError extends Error {
  readonly code = 'MILLRACE_VALUE';
  /** What works instead. */
  readonly hint: string;

  /** @param cause what the reader of the column threw */
  constructor(
    readonly column: string,
    cause: unknown,
  ) {
    const { code, message } = cause as { code?: unknown; message?: unknown };
    const tooLong = code === 'ERR_STRING_TOO_LONG';
    const limit = constants.MAX_STRING_LENGTH.toLocaleString('en');
    super(
      tooLong
        ? `Column "${column}" holds a text that is longer than JavaScript's longest string, ${limit} characters`
        : `Column "${column}": ${message}`,
      { cause },
    );
    this.name = 'ValueError';
    this.hint = tooLong
      ? 'read its bytes by stream() or arrow(), or its parts with substr() in the statement'
      : 'choose another JavaScript type for it by `types`, or cast the column to text in the statement';
  }
}
