import type { AggregateFunction } from '../aggregate-function.js';

/** Each shard counts; the counts are added. Of no rows it is 0. */
export const count: AggregateFunction = {
  names: ['count'],
  split({ argumentTypes }) {
    return {
      partials: [argumentTypes.length === 0 ? 'count(*)' : 'count(a0)'],
      finalSql: 'coalesce(sum(p0), 0)::int8',
      kernel: 'count',
      bound: 'sum',
    };
  },
};
