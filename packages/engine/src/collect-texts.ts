import { readRows } from './dispatch/small-statement.js';
import type { StepExecution } from './dispatch/step-execution.js';

/** The rows of a small result of texts: answers to questions of our own. */
export async function collectTexts(execution: StepExecution): Promise<(string | null)[][]> {
  const rows = await readRows(execution);
  return rows.map((row) => row.map((value) => (value === null ? null : String(value))));
}
