/** What Exasol itself says is wrong: a statement, a login, a load. */
export class ExasolError extends Error {
  /** Exasol's own code of five characters, such as `42000`; `00000` where it gives none. */
  readonly sqlCode: string;

  constructor(message: string, sqlCode: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExasolError';
    this.sqlCode = sqlCode;
  }
}
