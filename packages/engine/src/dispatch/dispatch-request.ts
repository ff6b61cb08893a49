import type { MessagePort } from 'node:worker_threads';
import type { WireParameter } from '@millrace/postgres';
import type { ArrayLimits, SessionUse } from '@millrace/worker';
import type { PlanStep } from '../plan/distributed-plan.js';
import type { Shard } from '../topology/shards.js';

/**
 * What a lost shard does: it fails the statement, or its rows are left out. `'skip-before-rows'`: only as long as the
 * consumer has none of them, for what it has it keeps.
 */
export type Losses = 'fail' | 'skip' | 'skip-before-rows';

/** What the dispatcher is asked to start. */
export interface DispatchRequest {
  readonly step: PlanStep;
  readonly parameters: readonly WireParameter[];
  /**
   * Whether a statement that reads may run at once where its description is known: it takes one round trip instead of two,
   * but no batch is to be had before every shard has begun to answer.
   */
  readonly atOnce: boolean;
  readonly losses: Losses;
  /** The session whose connections and places it uses; see `openSession` and `openSnapshot`. */
  readonly session?: SessionUse;
  /** What must be before any shard runs the statement; does not reject. */
  readonly ready?: Promise<void> | undefined;
  /**
   * What becomes of statements that still run when a merge wants no more rows: a cancel fails the transaction that they
   * are part of; without one they run to their end, unread. Default: 'cancel', but `'drop'` in a session.
   */
  readonly unwanted?: 'cancel' | 'drop';
  /** The rows become an array for each column, by a merge; without one in the step: by one that gathers. */
  readonly arrays?: ArrayLimits;
  /** Where each part's batches go, instead of to the engine: the ends of exchanges that others read. Not with a merge. */
  readonly outputs?: readonly MessagePort[] | undefined;
  /** Aborted with the error that the call ends with. */
  readonly signal: AbortSignal;
  readonly onProgress:
    | ((shard: Shard, rows: number, bytes: number, done: boolean) => void)
    | undefined;
}
