import type { AggregateFunction, AggregateSplit } from '../aggregate-function.js';

/** Sums and squares in the cheapest type that holds them exactly. */
const EXACT_SUMS: Readonly<Record<string, readonly [string, string]>> = {
  int2: ['sum(a0)', 'sum(a0::int4 * a0)'],
  int4: ['sum(a0)', 'sum(a0::int8 * a0)'],
  int8: ['sum(a0)', 'sum(a0::numeric * a0)'],
  numeric: ['sum(a0)', 'sum(a0 * a0)'],
};

const SPREAD = 'sum(p0) * sum(p2) - sum(p1) * sum(p1)';

/** Variances and standard deviations, by the standard's names and by the old ones. */
export const varPop: AggregateFunction = spread(['var_pop'], 'var_pop');
export const varSamp: AggregateFunction = spread(['var_samp', 'variance'], 'var_samp');
export const stddevPop: AggregateFunction = spread(['stddev_pop'], 'stddev_pop');
export const stddevSamp: AggregateFunction = spread(['stddev_samp', 'stddev'], 'stddev_samp');

function spread(names: readonly string[], kernel: string): AggregateFunction {
  return {
    names,
    split({ argumentTypes: [type = ''] }): AggregateSplit | undefined {
      const sums = EXACT_SUMS[type];
      if (sums !== undefined) {
        return {
          partials: ['count(a0)', ...sums],
          finalSql: exactSql(kernel),
          kernel: `${kernel} numeric`,
        };
      }
      if (type !== 'float4' && type !== 'float8') return undefined;
      const x = type === 'float8' ? 'a0' : 'a0::float8';
      return {
        partials: ['count(a0)', `sum(${x})`, `regr_sxx(${x}, ${x})`],
        // The combination of two parts takes the distance of their means: no aggregate of SQL does that.
        finalSql: undefined,
        kernel: `${kernel} float`,
      };
    },
  };
}

/** Undefined for deviations: `sqrt` of a numeric chooses another number of digits than the aggregate. */
function exactSql(kernel: string): string | undefined {
  if (kernel === 'var_pop') {
    return `case when sum(p0) > 0 then case when ${SPREAD} <= 0 then 0 else (${SPREAD}) / (sum(p0) * sum(p0)) end end`;
  }
  if (kernel === 'var_samp') {
    return `case when sum(p0) > 1 then case when ${SPREAD} <= 0 then 0 else (${SPREAD}) / (sum(p0) * (sum(p0) - 1)) end end`;
  }
  return undefined;
}
