/** Errors of Exasol by whose fault they are: the database's word, the connection, a broken answer, or the caller's options. */

/** What Exasol itself says is wrong: a statement, a login, a load. */
export class ExasolError extends Error {
  /** Exasol's own code of five characters, such as `42000`; `00000` where it gives none. */
  readonly sqlCode: string;
  /** The session it was said in, in decimal digits; undefined before the login is done. */
  readonly sessionId: string | undefined;

  constructor(
    message: string,
    sqlCode: string,
    options: ErrorOptions & { readonly sessionId?: string | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ExasolError';
    this.sqlCode = sqlCode;
    this.sessionId = options.sessionId;
  }
}

/** Nobody took the connection, or it is gone. What was running may or may not have had its effect. */
export class ExasolConnectionError extends Error {
  /** The system's word where there is one (`ECONNREFUSED`), else `MILLRACE_CONNECTION`. */
  readonly code: string;

  constructor(message: string, options: ErrorOptions & { readonly code?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ExasolConnectionError';
    this.code = options.code ?? 'MILLRACE_CONNECTION';
  }
}

/** The server sent what is not the protocol. The session is closed: nothing that follows could be trusted. */
export class ExasolProtocolError extends Error {
  readonly code = 'MILLRACE_WIRE';

  constructor(message: string, options?: ErrorOptions) {
    super(`Exasol's answer is broken: ${message}`, options);
    this.name = 'ExasolProtocolError';
  }
}

/** An option or an argument cannot work. Thrown before anything is opened or sent. */
export class ExasolOptionError extends Error {
  readonly code = 'MILLRACE_CONFIGURATION';

  /** @param option its name, with the place in it where there is one: `columns[2]` */
  constructor(
    readonly option: string,
    message: string,
  ) {
    super(`${option}: ${message}`);
    this.name = 'ExasolOptionError';
  }
}
