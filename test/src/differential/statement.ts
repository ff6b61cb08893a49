/** One statement of a suite, and how far its answer is fixed. */
export interface Statement {
  readonly name: string;
  readonly sql: string;
  readonly params?: readonly unknown[];
  /**
   * What PostgreSQL itself leaves open: which of several equal values is shown (`scale`: 1.0 or 1.00; `case`: by a
   * collation without case), or in which order an aggregate took its rows (`arrays`: those of array columns).
   */
  readonly free?: readonly Freedom[];
  /** A bound of Σ|x| of the floats it sums, where that is greater than the stage's. */
  readonly magnitude?: number;
}

export type Freedom = 'scale' | 'case' | 'arrays';

/** A suite is a list of texts, for the most part: their names come from their places. */
export function statements(
  suite: string,
  list: readonly (string | Omit<Statement, 'name'>)[],
): Statement[] {
  return list.map((one, i) => {
    const name = `${suite} ${i + 1}`;
    return typeof one === 'string' ? { name, sql: one } : { name, ...one };
  });
}
