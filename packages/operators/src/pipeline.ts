/**
 * A merge as plain data: what becomes of the rows of several shards on their way to one answer. It crosses threads, and
 * `createMerge` builds the operators from it.
 *
 * ```
 * inputs (a stream for each shard) ─► combine ─► sort ─► limit ─► columns ─► output
 * ```
 */
import type { Schema } from '@millrace/batch';

/**
 * What the values of a column mean, where their layout does not say it: how they are equal and in which order they stand.
 *
 * | order     | layouts                                   | equal, less                                                     |
 * | --------- | ----------------------------------------- | ---------------------------------------------------------------- |
 * | `value`   | all but utf8                              | the type's own: NaN equals NaN and is above all, −0 equals 0     |
 * | `bytes`   | utf8                                      | byte by byte: text of the collations C, POSIX, C.UTF-8           |
 * | `numeric` | utf8: PostgreSQL's text of a numeric      | by value: 1.0 equals 1.00; NaN above Infinity                    |
 * | `bpchar`  | utf8                                      | as `bytes`, without trailing blanks                              |
 * | `ranked`  | utf8                                      | equal by bytes; of no order here: for keys of groups only         |
 */
export type ColumnOrder = 'value' | 'bytes' | 'numeric' | 'bpchar' | 'ranked';

/** One key of an ORDER BY. */
export interface SortKey {
  /** Index of the column. */
  readonly column: number;
  readonly order: ColumnOrder;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** How many rows go on. */
export interface RowLimit {
  /** Rows passed over first. */
  readonly offset: number;
  /** Rows at most; undefined: all that are left. */
  readonly count: number | undefined;
  /** Rows that are equal to the last one by the sort keys go on, too. */
  readonly withTies: boolean;
}

/** A merge of the partial values of one aggregate. */
export interface Accumulator {
  /** Name of the kernel: an entry of `aggregate/registry`. */
  readonly kernel: string;
  /** Columns of the input that hold the partial values, in the order that the kernel takes them. */
  readonly columns: readonly number[];
  readonly options?: AccumulatorOptions;
}

/** What a kernel of ordered values is told beside them. */
export interface AccumulatorOptions {
  /** Of a percentile: 0 to 1. */
  readonly fraction?: number;
  /** Whether the values stand in descending order. Default false. */
  readonly descending?: boolean;
}

/** A column of a group's key. */
export interface GroupKey {
  readonly column: number;
  readonly order: ColumnOrder;
}

export type Combine =
  /** All rows, in any order. */
  | { readonly kind: 'gather' }
  /** Inputs that are sorted by the keys become one stream that is. */
  | { readonly kind: 'ordered'; readonly keys: readonly SortKey[] }
  /**
   * One row a group: the keys' columns, then a column for each accumulator. Without accumulators the distinct rows. Without
   * keys exactly one row, also of no input at all.
   */
  | {
      readonly kind: 'aggregate';
      readonly keys: readonly GroupKey[];
      readonly accumulators: readonly Accumulator[];
    };

export interface Pipeline {
  /** Streams that come in. */
  readonly inputCount: number;
  /** The columns of each of them. */
  readonly input: Schema;
  readonly combine: Combine;
  /** Sorts what `combine` gives; empty: as it comes. Columns are those of `combine`. */
  readonly sort: readonly SortKey[];
  readonly limit: RowLimit | undefined;
  /** Columns of `combine` that go out, in this order. */
  readonly columns: readonly number[];
  readonly batchRows: number;
}

/**
 * A merge at work: batches in, batches out, no input or output of its own. Its state is its own and sees only the rows it
 * is given: several merges, each with a partition of the groups, together are one.
 *
 * Whoever drives it calls `consume` for an input only while `wants(input)`, and `next` after each `consume` and `end`,
 * until it returns undefined.
 */
export interface Merge {
  /** The columns that go out. */
  readonly output: Schema;
  /** Whether a batch of this input would be read now: an ordered merge waits for the inputs that it has no row of. */
  wants(input: number): boolean;
  /** Takes a batch's rows. The buffer may be written again when `consumed` hands it back. */
  consume(input: number, buffer: SharedArrayBuffer): void;
  /** The input has no more rows. */
  end(input: number): void;
  /** Buffers that are read to their end, and whose they were. Each is handed back once. */
  consumed(): readonly { readonly input: number; readonly buffer: SharedArrayBuffer }[];
  /** The next batch that goes out; undefined when there is none yet, or none any more. */
  next(): SharedArrayBuffer | undefined;
  /** Whether everything has gone out; inputs that have not ended then are not wanted any more. */
  readonly over: boolean;
  /** Rows that have come in and gone out, and bytes of state at most. */
  readonly statistics: MergeStatistics;
}

export interface MergeStatistics {
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly groups: number;
  readonly peakBytes: number;
}
