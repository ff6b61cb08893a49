import type { AggregateCall, AggregateFunction, AggregateSplit } from './aggregate-function.js';
import { anyValue } from './functions/any-value.js';
import { avg } from './functions/avg.js';
import { bitAnd, bitOr, bitXor } from './functions/bits.js';
import { boolAnd, boolOr } from './functions/booleans.js';
import { count } from './functions/count.js';
import { max, min } from './functions/extremes.js';
import { regression } from './functions/regression.js';
import { stddevPop, stddevSamp, varPop, varSamp } from './functions/spread.js';
import { sum } from './functions/sum.js';

/** The aggregate functions that can be computed in two halves. */
export const aggregateFunctions: readonly AggregateFunction[] = [
  count,
  sum,
  avg,
  min,
  max,
  boolAnd,
  boolOr,
  bitAnd,
  bitOr,
  bitXor,
  anyValue,
  varPop,
  varSamp,
  stddevPop,
  stddevSamp,
  ...regression,
];

const BY_NAME: ReadonlyMap<string, AggregateFunction> = new Map(
  aggregateFunctions.flatMap((entry) => entry.names.map((name) => [name, entry])),
);

/** How a call is computed in two halves; undefined where it cannot be. */
export function splitAggregate(call: AggregateCall): AggregateSplit | undefined {
  return BY_NAME.get(call.name)?.split(call);
}
