/** One run of one contender over one statement, in a child process. */
import { type TextRow, textRows } from '../checksum/sql-rows.js';
import { type SqlQueryName, sqlQuery } from '../dataset/sql-queries.js';
import { type Measurement, measure } from '../harness/measure.js';
import type { SqlContender, SqlDetails, SqlTarget } from '../peers/sql-contender.js';

/** What the child is told. */
export interface SqlRunInput {
  readonly module: string;
  readonly target: SqlTarget;
  readonly query: SqlQueryName;
}

/** What the child reports. */
export interface SqlRunResult extends Measurement {
  readonly rowCount: number;
  /** The answer, made text after the clock was stopped. */
  readonly rows: readonly TextRow[];
  readonly details: SqlDetails;
}

export async function run(input: SqlRunInput): Promise<SqlRunResult> {
  const { contender } = (await import(input.module)) as { contender: SqlContender };
  const query = sqlQuery(input.query);
  const session = await contender.open(input.target);
  // Code that is not compiled yet would be measured along, of floors hardly any: planning has a measurement of its own.
  await session.answer(query);
  const { result, measurement } = await measure(() => session.answer(query));
  await session.close();
  const { rowCount, details = {} } = result;
  return { ...measurement, rowCount, rows: textRows(result.rows, query), details };
}
