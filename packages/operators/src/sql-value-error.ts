/** A value that SQL cannot have: a sum out of its type's range. A fault of the statement, in the words of PostgreSQL. */
export class SqlValueError extends Error {
  /** SQLSTATE, as 22003. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'SqlValueError';
    this.code = code;
  }
}
