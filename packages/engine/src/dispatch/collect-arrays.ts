import type { ColumnDescription } from '@millrace/postgres';
import type { ArrayLimits } from '@millrace/worker';
import type { DispatchRequest } from './dispatch-request.js';
import type { StepExecution } from './step-execution.js';

/** The rows of a step as arrays: parameters of the next round of a plan. */
export interface CollectedArrays {
  /** As the shards describe what they gave. */
  readonly columns: readonly ColumnDescription[];
  readonly rowCount: number;
  /** A literal for each column that the merge gives. */
  readonly literals: readonly string[];
  /** Its statistics, and what is missing. */
  readonly execution: StepExecution;
}

/**
 * Runs a step whose rows become arrays in the thread that merges them.
 *
 * @param starter the dispatcher, or a snapshot
 * @throws ArraysLimitError when they are too many, or too large
 */
export async function collectArrays<Request extends Omit<DispatchRequest, 'session'>>(
  starter: { start(request: Request): Promise<StepExecution> },
  request: Request & { readonly arrays: ArrayLimits },
): Promise<CollectedArrays> {
  const execution = await starter.start(request);
  const columns = await execution.columns();
  await execution.next();
  const [operator] = execution.operators();
  return { columns, rowCount: operator?.rowsOut ?? 0, literals: execution.literals(), execution };
}
