/** How rows are brought together for a later step. */
import type { SelectStmt } from '../../sql/tree.js';
import type { PlannedStep } from '../distributed-plan.js';
import type { DescribedColumn } from '../plan-context.js';

/** Has rows computed first, by a step of their own or as a SELECT that is planned by itself. Returns the stage's number. */
export interface StageMaker {
  readonly step: (
    step: PlannedStep,
    columns: readonly DescribedColumn[],
    what: StageKind,
  ) => number;
  readonly select: (
    select: SelectStmt,
    what: StageKind,
  ) => Promise<{ readonly id: number; readonly columns: readonly DescribedColumn[] }>;
}

/**
 * What moves: groups; the members of groups, for aggregates that need each of them (`array_agg`, percentiles); the answer of a
 * subquery; or rows as they are in a table.
 */
export type StageKind = 'groups' | 'members' | 'answer' | 'rows';

/** Whether values of a column have a collation. */
export function isCollatable({ internalType }: DescribedColumn): boolean {
  return /^(text|varchar|bpchar|citext)$/.test(internalType);
}
