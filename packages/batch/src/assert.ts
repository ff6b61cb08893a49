/** An invariant of ours does not hold: a bug of Millrace, never of its user. */
export class InvariantError extends Error {
  readonly code = 'MILLRACE_INVARIANT';

  constructor(message: string, details: readonly unknown[] = []) {
    super(details.length > 0 ? `${message} (${details.join(', ')})` : message);
    this.name = 'InvariantError';
  }
}

/** Throws `InvariantError` unless `condition`. `message` says what should have held. */
export function assert(
  condition: boolean,
  message: string,
  ...details: unknown[]
): asserts condition {
  if (!condition) throw new InvariantError(`Broken invariant: ${message}`, details);
}
