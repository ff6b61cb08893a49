/** What calls of a database give. */
import type { Batch } from '@millrace/batch';
import type { MissingShard, ShardStats } from './dispatch/execution-part.js';
import type { OperatorStats } from './dispatch/step-execution.js';
import type { FieldDescription } from './result/query-result.js';

/** A statement's rows, in the shape that `pg` gives. */
export interface QueryResult<R = Record<string, unknown>> {
  readonly rows: R[];
  readonly fields: FieldDescription[];
  /** Rows of the result, or rows that the command changed; null for a command that counts none. */
  readonly rowCount: number | null;
  /** `SELECT`, `INSERT`, … */
  readonly command: string;
  /** Shards that were lost and whose rows are not among these; only with `shardErrors: 'skip'`. */
  readonly missing: readonly MissingShard[];
  readonly stats: QueryStats;
}

/** Batches as they arrive, and what is missing among them. */
export interface BatchStream extends AsyncGenerator<Batch, void, undefined> {
  /** Shards that were lost before their first batch; only with `shardErrors: 'skip'`. Complete when the stream has ended. */
  readonly missing: readonly MissingShard[];
}

/** How the time was spent, in milliseconds. */
export interface QueryStats {
  /** From the call to the plan. */
  readonly planMs: number;
  readonly totalMs: number;
  /** In shard order. Where a shard was asked several times, all of it together. */
  readonly shards: readonly ShardStats[];
  /** What operators of ours did with the shards' rows. */
  readonly operators: readonly OperatorStats[];
  /** Each shard was read as it was at one moment: these moments lie within so many milliseconds. Undefined where one was asked. */
  readonly snapshotSpanMs: number | undefined;
}
