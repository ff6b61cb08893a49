import type { AggregateFunction } from '../aggregate-function.js';

/** Sum of y = a0, or of x = a1, over the pairs in which neither is NULL. */
const SUM_Y = 'sum(case when a1 is not null then a0::float8 end)';
const SUM_X = 'sum(case when a0 is not null then a1::float8 end)';
const COUNT = 'regr_count(a0, a1)';

/** The transition state that these aggregates have in common, which PostgreSQL computes once for all of them. */
const STATE = [COUNT, SUM_X, 'regr_sxx(a0, a1)', SUM_Y, 'regr_syy(a0, a1)', 'regr_sxy(a0, a1)'];

const BY_STATE = [
  'covar_pop',
  'covar_samp',
  'corr',
  'regr_sxx',
  'regr_syy',
  'regr_sxy',
  'regr_r2',
  'regr_slope',
  'regr_intercept',
];

/** Covariance, correlation and linear regression of pairs (y, x) of float8. */
export const regression: readonly AggregateFunction[] = [
  ...BY_STATE.map((name) => ({
    names: [name],
    split: () => ({ partials: STATE, finalSql: undefined, kernel: name }),
  })),
  average('regr_avgx', SUM_X),
  average('regr_avgy', SUM_Y),
  {
    names: ['regr_count'],
    split: () => ({
      partials: [COUNT],
      finalSql: 'coalesce(sum(p0), 0)::int8',
      kernel: 'count',
    }),
  },
];

function average(name: string, sum: string): AggregateFunction {
  return {
    names: [name],
    split: () => ({
      partials: [sum, COUNT],
      finalSql: 'sum(p0) / nullif(sum(p1), 0)::float8',
      kernel: 'avg float',
    }),
  };
}
