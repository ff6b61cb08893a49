import type { AggregateFunction } from '../aggregate-function.js';

/** Some value that is not NULL, of PostgreSQL 16 and later. */
export const anyValue: AggregateFunction = {
  names: ['any_value'],
  split: () => ({ partials: ['any_value(a0)'], finalSql: 'any_value(p0)', kernel: 'any' }),
};
