import type { AggregateFunction } from '../aggregate-function.js';

/** Whether all values are true, and whether one is; NULLs do not count. `every` is the standard's name. */
export const boolAnd: AggregateFunction = {
  names: ['bool_and', 'every'],
  split: () => ({ partials: ['bool_and(a0)'], finalSql: 'bool_and(p0)', kernel: 'and' }),
};

export const boolOr: AggregateFunction = {
  names: ['bool_or'],
  split: () => ({ partials: ['bool_or(a0)'], finalSql: 'bool_or(p0)', kernel: 'or' }),
};
