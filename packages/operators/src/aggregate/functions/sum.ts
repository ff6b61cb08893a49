import type { AggregateFunction, AggregateSplit } from '../aggregate-function.js';

const SPLITS: Readonly<Record<string, Omit<AggregateSplit, 'partials'>>> = {
  int2: { finalSql: 'sum(p0)::int8', kernel: 'sum int8', bound: 'sum' },
  int4: { finalSql: 'sum(p0)::int8', kernel: 'sum int8', bound: 'sum' },
  int8: { finalSql: 'sum(p0)', kernel: 'sum numeric', bound: 'sum' },
  numeric: { finalSql: 'sum(p0)', kernel: 'sum numeric', bound: 'sum' },
  float4: { finalSql: 'sum(p0)', kernel: 'sum float' },
  float8: { finalSql: 'sum(p0)', kernel: 'sum float' },
  money: { finalSql: 'sum(p0)', kernel: undefined },
  interval: { finalSql: 'sum(p0)', kernel: undefined },
};

/** Sum of sums. Of int2 and int4 it is an int8, of int8 a numeric. */
export const sum: AggregateFunction = {
  names: ['sum'],
  split({ argumentTypes: [type = ''] }) {
    const split = SPLITS[type];
    return split && { partials: ['sum(a0)'], ...split };
  },
};
