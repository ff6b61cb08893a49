/** Runs statements through Millrace and through the oracle, and says of each how they compare. */
import type { Database } from '@millrace/engine';
import { compareErrors, differenceOf } from './compare.js';
import type { OracleAnswer, OracleError } from './oracle.js';
import { EXACT_TYPES } from './read-text.js';
import type { Stage } from './stage.js';
import type { Statement } from './statement.js';

export interface Outcome {
  readonly statement: Statement;
  readonly verdict: 'equal' | 'refused' | 'different';
  /** The plan's class, or 'error' for a statement that the oracle refuses; 'unknown' where no plan is told. */
  readonly planClass: string;
  /** Why it was refused, or what differs. */
  readonly reason: string | undefined;
  /** Rows of the oracle's answer, 0 where that is an error. */
  readonly rows: number;
}

/** One statement after the other, so that a failure says which. */
export async function runSuite(stage: Stage, statements: readonly Statement[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const statement of statements) outcomes.push(await runStatement(stage, statement));
  return outcomes;
}

export async function runStatement(stage: Stage, statement: Statement): Promise<Outcome> {
  const expected = await stage.oracle.ask(statement);
  const plan = await planOf(stage.db, statement);
  const planClass = 'code' in expected ? 'error' : (plan?.class ?? 'unknown');
  const verdict = await judge(stage, statement, expected);
  return { statement, planClass, ...verdict, rows: 'code' in expected ? 0 : expected.rows.length };
}

async function judge(
  stage: Stage,
  statement: Statement,
  expected: OracleAnswer | OracleError,
): Promise<Pick<Outcome, 'verdict' | 'reason'>> {
  const { sql, params = [] } = statement;
  try {
    const actual = await stage.db.query<unknown[]>(sql, params, {
      rowMode: 'array',
      types: EXACT_TYPES,
    });
    if ('code' in expected) {
      const error = `${expected.code} ${expected.message}`;
      return { verdict: 'different', reason: `an answer instead of the error ${error}` };
    }
    const reason = await differenceOf(statement, expected, actual, stage);
    return { verdict: reason === undefined ? 'equal' : 'different', reason };
  } catch (error) {
    return judgeError(error as Error & { code?: string; clause?: string }, expected);
  }
}

function judgeError(
  error: Error & { code?: string; clause?: string },
  expected: OracleAnswer | OracleError,
): Pick<Outcome, 'verdict' | 'reason'> {
  if (error.name === 'UnsupportedError') return { verdict: 'refused', reason: error.message };
  const reason = compareErrors(error, 'code' in expected ? expected : undefined);
  return { verdict: reason === undefined ? 'equal' : 'different', reason };
}

interface PlanTold {
  readonly class: string;
}

/** What `explain` says, where it says anything. */
async function planOf(
  db: Database & { explain?(sql: string, params: readonly unknown[]): Promise<PlanTold> },
  { sql, params = [] }: Statement,
): Promise<PlanTold | undefined> {
  try {
    return await db.explain?.(sql, params);
  } catch {
    // That the statement is wrong is judged by its answer.
    return undefined;
  }
}
