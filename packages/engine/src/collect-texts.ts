import { Batch } from '@millrace/batch';
import { columnDecoder } from '@millrace/postgres';
import type { StepExecution } from './dispatch/step-execution.js';

/** The rows of a small result of texts: answers to questions of our own. */
export async function collectTexts(execution: StepExecution): Promise<(string | null)[][]> {
  const columns = await execution.columns();
  const schema = {
    fields: columns.map((column) => ({ name: column.name, type: columnDecoder(column).type })),
  };
  const rows: (string | null)[][] = [];
  for (let next = await execution.next(); next !== undefined; next = await execution.next()) {
    const batch = new Batch(schema, next.buffer);
    for (let row = 0; row < batch.rowCount; row++) {
      rows.push(
        batch.vectors.map((vector) => {
          const value = vector.at(row);
          return value === null ? null : String(value);
        }),
      );
    }
    execution.release(next.part, next.buffer);
  }
  return rows;
}
