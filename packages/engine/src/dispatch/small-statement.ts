import { Batch, type Value } from '@millrace/batch';
import { columnDecoder } from '@millrace/postgres';
import type { DispatchRequest } from './dispatch-request.js';
import type { StepExecution } from './step-execution.js';

/** A statement of our own for one shard. */
export function smallStatement(shard: number, sql: string, signal: AbortSignal): DispatchRequest {
  return {
    step: { parts: [{ shard, sql }] },
    parameters: [],
    atOnce: false,
    losses: 'fail',
    signal,
    onProgress: undefined,
  };
}

/** All rows of a statement, as exact values. Settles when it is over. */
export async function readRows(execution: StepExecution): Promise<Value[][]> {
  const columns = await execution.columns();
  const fields = columns.map((column) => ({
    name: column.name,
    type: columnDecoder(column).type,
  }));
  const rows: Value[][] = [];
  for (let next = await execution.next(); next !== undefined; next = await execution.next()) {
    const { vectors, rowCount } = new Batch({ fields }, next.buffer);
    for (let row = 0; row < rowCount; row++) rows.push(vectors.map((vector) => vector.at(row)));
    execution.release(next.part, next.buffer);
  }
  return rows;
}

/** All values of a statement, row by row. Settles when it is over. */
export async function readValues(execution: StepExecution): Promise<unknown[]> {
  return (await readRows(execution)).flat();
}
