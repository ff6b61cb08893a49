import { UnsupportedError } from '../errors.js';
import type { DistributedPlan } from './distributed-plan.js';

export interface PlanRequest {
  readonly sql: string;
  readonly mode: 'one-database' | 'union';
  readonly shardCount: number;
}

/**
 * Decides how a statement is answered.
 *
 * @throws UnsupportedError for a statement over several shards in `one-database` mode
 */
export function planStatement({ sql, mode, shardCount }: PlanRequest): DistributedPlan {
  const parts = Array.from({ length: shardCount }, (_, shard) => ({ shard, sql }));
  if (mode === 'union') return { class: 'union', parts };
  if (shardCount === 1) return { class: 'single', parts };
  throw new UnsupportedError(
    `A statement over ${shardCount} shards is not merged into one answer yet`,
    {
      clause: 'statement',
      hint: "pass { mode: 'union' } to get every shard's rows, one shard after the other, as the statement stands",
    },
  );
}
