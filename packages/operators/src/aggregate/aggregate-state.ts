import type { DataType, Vector } from '@millrace/batch';
import type { AccumulatorOptions } from '../pipeline.js';
import type { FinishedColumn } from './finished-column.js';

/** What one accumulator holds for all groups: the columns of its state. */
export interface AggregateState {
  /** Type of what comes out. */
  readonly type: DataType;
  /**
   * Adds a batch.
   *
   * @param vectors the partial values, in the kernel's order
   * @param groups the group of each row
   * @param groupCount groups that there are; those that are new have no value yet
   */
  add(vectors: readonly Vector[], groups: Int32Array, groupCount: number): void;
  /** The values of the groups `from .. to`; groups that no batch has named have seen no row. */
  finish(from: number, to: number): FinishedColumn;
  /** Bytes that it holds. */
  readonly bytes: number;
}

/** Makes the state of a kernel for partial values of these types. */
export type Kernel = (types: readonly DataType[], options?: AccumulatorOptions) => AggregateState;
