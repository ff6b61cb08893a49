/** An error as the database answers it: an `sqlCode`, and a text to which the session's number is added. */
export class ExasolError extends Error {
  readonly sqlCode: string;

  constructor(sqlCode: string, text: string) {
    super(text);
    this.sqlCode = sqlCode;
  }
}

export const syntaxError = (text: string): ExasolError => new ExasolError('42000', text);

export const notSupported = (what: string): ExasolError =>
  new ExasolError('0A000', `Feature not supported by the simulated cluster: ${what}`);

export const executionAborted = (): ExasolError =>
  new ExasolError('R0003', 'Client requested execution abort.');

export const queryTimedOut = (): ExasolError =>
  new ExasolError('R0001', 'Query terminated because timeout has been reached.');
