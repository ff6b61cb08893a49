import type { Schema } from '@millrace/batch';
import type { ColumnDescription } from '@millrace/postgres';
import type { SnapshotTimes } from '@millrace/worker';
import type { MissingShard, ShardStats } from './execution-part.js';

/** What an operator of ours has done. */
export interface OperatorStats {
  /** `gather`, `merge` (of sorted streams) or `aggregate`. */
  readonly name: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Time spent computing, in milliseconds. */
  readonly ms: number;
  /** Memory of its state at most. */
  readonly peakBytes: number;
  /** Bytes written to disk. */
  readonly spilledBytes: number;
}

/** A batch as it came, and whom its buffer goes back to. */
export interface ArrivedBatch {
  /** Index into the parts of the result. */
  readonly part: number;
  readonly buffer: SharedArrayBuffer;
}

/** One step of a plan under way, and its rows. */
export interface StepExecution {
  /** Parts of the result: shards, or attempts of a merge, of which one is the result. */
  readonly partCount: number;
  /** The columns, when all shards agree on them. The statement runs from then on. */
  columns(): Promise<readonly ColumnDescription[]>;
  /** The columns of a merge's batches, when it has begun; undefined without one: they are the shards'. */
  output(): Promise<Schema | undefined>;
  /** The next batch, as they arrive; undefined after the last. Its buffer must go back by `release`. */
  next(): Promise<ArrivedBatch | undefined>;
  /** The batch has been read; its buffer may be written again, unless it is kept. */
  release(part: number, buffer: SharedArrayBuffer | undefined): void;
  /** Whether what came of a part is no part of the result. Final once `next` has returned undefined. */
  isMissing(part: number): boolean;
  /** Stops it on every shard. What waits for it gets `error`. */
  fail(error: Error): void;
  /** As `settled`, but does not wait long for a server that does not answer. */
  stopped(): Promise<void>;
  /** Settles when nothing of it is under way any more. */
  settled(): Promise<void>;
  /** The command tags, in shard order. Complete once `next` has returned undefined, as is all that follows. */
  tags(): string[];
  stats(): ShardStats[];
  operators(): OperatorStats[];
  /** The rows as an array literal for each column, where they were asked for as such (`DispatchRequest.arrays`). */
  literals(): readonly string[];
  /** When its shards took their snapshots, where it is the first statement of one. */
  snapshots(): SnapshotTimes[];
  missing(): MissingShard[];
}
