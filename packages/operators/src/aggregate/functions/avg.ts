import type { AggregateFunction, AggregateSplit } from '../aggregate-function.js';

/** Sums and counts add up; the quotient is PostgreSQL's numeric division, digit by digit. */
const EXACT: AggregateSplit = {
  partials: ['sum(a0)', 'count(a0)'],
  finalSql: 'sum(p0)::numeric / nullif(sum(p1), 0)',
  kernel: 'avg numeric',
};

/** `interval_avg` divides by a double, too. */
const OF_INTERVALS: AggregateSplit = {
  partials: ['sum(a0)', 'count(a0)'],
  finalSql: 'sum(p0) / nullif(sum(p1), 0)::float8',
  kernel: undefined,
};

/** float8's own average is a quotient of the same two. */
function ofFloats(sum: string): AggregateSplit {
  return {
    partials: [sum, 'count(a0)'],
    finalSql: 'sum(p0) / nullif(sum(p1), 0)::float8',
    kernel: 'avg float',
  };
}

const SPLITS: Readonly<Record<string, AggregateSplit>> = {
  int2: EXACT,
  int4: EXACT,
  int8: EXACT,
  numeric: EXACT,
  float4: ofFloats('sum(a0::float8)'),
  float8: ofFloats('sum(a0)'),
  interval: OF_INTERVALS,
};

export const avg: AggregateFunction = {
  names: ['avg'],
  split({ argumentTypes: [type = ''] }) {
    return SPLITS[type];
  },
};
