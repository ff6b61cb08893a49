/** Compute on batches, without input or output of its own. */
export type {
  AggregateCall,
  AggregateFunction,
  AggregateSplit,
  PartialBound,
} from './aggregate/aggregate-function.js';
export { distinctKernelName, orderedSetKernelName } from './aggregate/kernels.js';
export { aggregateFunctions, splitAggregate } from './aggregate/registry.js';
export { createMerge } from './create-merge.js';
export type {
  Accumulator,
  AccumulatorOptions,
  ColumnOrder,
  Combine,
  GroupKey,
  Merge,
  MergeStatistics,
  Pipeline,
  RowLimit,
  SortKey,
} from './pipeline.js';
export { SqlValueError } from './sql-value-error.js';
