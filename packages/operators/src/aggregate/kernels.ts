import { assert, type DataType } from '@millrace/batch';
import type { ColumnOrder } from '../pipeline.js';
import type { Kernel } from './aggregate-state.js';
import { distinctKernel, type SingleValue } from './kernels/distinct-kernels.js';
import { extremeKernel } from './kernels/extreme-kernels.js';
import { floatSumKernel } from './kernels/float-kernels.js';
import { countKernel, longSumKernel } from './kernels/long-kernels.js';
import { floatAverageKernel, momentKernel } from './kernels/moment-kernels.js';
import { numericAverageKernel, numericSumKernel } from './kernels/numeric-kernels.js';
import { type OrderedSet, orderedSetKernel } from './kernels/ordered-set-kernels.js';
import {
  correlation,
  determination,
  intercept,
  pairKernel,
  slope,
} from './kernels/pair-kernels.js';
import { singleAverage, singleCount, singleSpread, singleSum } from './kernels/single-values.js';
import { spreadKernel } from './kernels/spread-kernels.js';
import { anyKernel, bitKernel } from './kernels/word-kernels.js';

const population = { sample: false, root: false };
const sample = { sample: true, root: false };

/** What combines partial values, by the names that aggregate functions and pipelines use (`Accumulator.kernel`). */
const KERNELS: ReadonlyMap<string, Kernel> = new Map<string, Kernel>([
  ['count', countKernel],
  ['sum int8', longSumKernel],
  ['sum numeric', numericSumKernel],
  ['sum float', floatSumKernel],
  ['avg numeric', numericAverageKernel],
  ['min', extremeKernel('value', false)],
  ['max', extremeKernel('value', true)],
  ['min text', extremeKernel('bytes', false)],
  ['max text', extremeKernel('bytes', true)],
  ['min bpchar', extremeKernel('bpchar', false)],
  ['max bpchar', extremeKernel('bpchar', true)],
  ['min numeric', extremeKernel('numeric', false)],
  ['max numeric', extremeKernel('numeric', true)],
  ['and', bitKernel('and')],
  ['or', bitKernel('or')],
  ['xor', bitKernel('xor')],
  ['any', anyKernel],
  ['avg float', floatAverageKernel],
  ['var_pop numeric', spreadKernel(population)],
  ['var_samp numeric', spreadKernel(sample)],
  ['stddev_pop numeric', spreadKernel({ ...population, root: true })],
  ['stddev_samp numeric', spreadKernel({ ...sample, root: true })],
  ['var_pop float', momentKernel((n, _sx, sxx) => sxx / n)],
  ['var_samp float', momentKernel((n, _sx, sxx) => (n > 1 ? sxx / (n - 1) : undefined))],
  ['stddev_pop float', momentKernel((n, _sx, sxx) => Math.sqrt(sxx / n))],
  [
    'stddev_samp float',
    momentKernel((n, _, sxx) => (n > 1 ? Math.sqrt(sxx / (n - 1)) : undefined)),
  ],
  ['covar_pop', pairKernel(({ n, sxy }) => sxy / n)],
  ['covar_samp', pairKernel(({ n, sxy }) => (n > 1 ? sxy / (n - 1) : undefined))],
  ['corr', pairKernel(correlation)],
  ['regr_sxx', pairKernel(({ sxx }) => sxx)],
  ['regr_syy', pairKernel(({ syy }) => syy)],
  ['regr_sxy', pairKernel(({ sxy }) => sxy)],
  ['regr_r2', pairKernel(determination)],
  ['regr_slope', pairKernel(slope)],
  ['regr_intercept', pairKernel(intercept)],
]);

/** Aggregates of distinct values take the values themselves: see `distinctKernelName`. */
const DISTINCT: ReadonlyMap<string, (type: DataType) => SingleValue> = new Map([
  ['count', singleCount],
  ['sum', singleSum],
  ['avg', singleAverage],
  ...['var_pop', 'var_samp', 'stddev_pop', 'stddev_samp'].map(
    (name) =>
      [name, singleSpread(KERNELS.get(`${name} numeric`)!, KERNELS.get(`${name} float`)!)] as const,
  ),
]);

const PREFIX = 'distinct:';

/**
 * The kernel of an aggregate of DISTINCT values, for `Accumulator.kernel`: it takes a column of the values, from rows in which
 * each may come more than once. Undefined where there is none.
 *
 * @param type of the values, by PostgreSQL's internal name
 * @param order how they are equal
 */
export function distinctKernelName(
  name: string,
  type: string,
  order: ColumnOrder,
): string | undefined {
  const plain = STANDARD_NAMES[name] ?? name;
  if (!DISTINCT.has(plain) || (plain !== 'count' && !NUMBERS.has(type))) return undefined;
  return `${PREFIX}${plain} ${order}`;
}

const STANDARD_NAMES: Readonly<Record<string, string>> = {
  variance: 'var_samp',
  stddev: 'stddev_samp',
};

const NUMBERS: ReadonlySet<string> = new Set([
  'int2',
  'int4',
  'int8',
  'numeric',
  'float4',
  'float8',
]);

/**
 * The kernel of percentile_cont, percentile_disc or mode, for `Accumulator.kernel`, with the fraction and the direction as its
 * options: it takes the columns value and count (int8), from rows in which each value may come more than once. The values of
 * percentile_cont are float8.
 */
export function orderedSetKernelName(name: string, order: ColumnOrder): string | undefined {
  if (!ORDERED_SETS.has(name) || order === 'ranked') return undefined;
  return `${name} ${order}`;
}

const ORDERED_SETS: ReadonlyMap<string, OrderedSet> = new Map([
  ['percentile_cont', 'continuous'],
  ['percentile_disc', 'discrete'],
  ['mode', 'mode'],
]);

function orderedSetKernelOf(name: string): Kernel | undefined {
  const [plain = '', order = 'value'] = name.split(' ');
  const kind = ORDERED_SETS.get(plain);
  return kind && orderedSetKernel(kind, order as ColumnOrder);
}

function distinctKernelOf(name: string): Kernel | undefined {
  const [plain = '', order = 'value'] = name.slice(PREFIX.length).split(' ');
  const single = DISTINCT.get(plain);
  return single && distinctKernel(single, order as ColumnOrder);
}

/** @throws InvariantError for a name that is none of a kernel */
export function kernelOf(name: string): Kernel {
  const kernel = name.startsWith(PREFIX)
    ? distinctKernelOf(name)
    : (KERNELS.get(name) ?? orderedSetKernelOf(name));
  assert(kernel !== undefined, 'the kernel is known', name);
  return kernel;
}
