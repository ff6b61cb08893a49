/** Variances and deviations of integers and numerics: exact sums, and the digits of `numeric_stddev_internal` (numeric.c). */
import type { DataType, Vector } from '@millrace/batch';
import {
  divideAt,
  multiply,
  quotientScale,
  squareRoot,
  subtract,
} from '../../numeric/arithmetic.js';
import { type FiniteNumeric, isFiniteNumeric, type Numeric } from '../../numeric/numeric.js';
import type { AggregateState, Kernel } from '../aggregate-state.js';
import type { FinishedColumn } from '../finished-column.js';
import { grown } from '../growth.js';
import { addLongs } from './long-kernels.js';
import { LongSums } from './long-sums.js';
import { numericColumn } from './numeric-kernels.js';
import { NumericSums } from './numeric-sums.js';

const TEXT: DataType = { kind: 'utf8' };

export interface Spread {
  /** Of a sample: divided by N - 1, and NULL of a single value. */
  readonly sample: boolean;
  /** The square root: a standard deviation. */
  readonly root: boolean;
}

/** Of columns count (int8), sum and sum of squares (numeric or int8). */
export function spreadKernel(spread: Spread): Kernel {
  return () => new SpreadState(spread);
}

class SpreadState implements AggregateState {
  readonly type = TEXT;
  readonly #spread: Spread;
  readonly #counts = new LongSums();
  readonly #sums = new NumericSums();
  readonly #squares = new NumericSums();
  #counted = new Uint8Array(0);

  constructor(spread: Spread) {
    this.#spread = spread;
  }

  add([counts, sums, squares]: readonly Vector[], groups: Int32Array, groupCount: number): void {
    this.#counts.reserve(groupCount);
    this.#counted = grown(this.#counted, groupCount);
    addLongs(this.#counts, this.#counted, counts!, groups);
    this.#sums.reserve(groupCount);
    this.#sums.add(sums!, groups);
    this.#squares.reserve(groupCount);
    this.#squares.add(squares!, groups);
  }

  finish(from: number, to: number): FinishedColumn {
    return numericColumn(from, to, (group) => {
      const sum = this.#sums.total(group);
      const square = this.#squares.total(group);
      if (sum === undefined || square === undefined) return undefined;
      return spreadOf(this.#spread, this.#counts.total(group), sum, square);
    });
  }

  get bytes(): number {
    const sums = this.#sums.bytes + this.#squares.bytes;
    return sums + this.#counts.bytes + this.#counted.byteLength;
  }
}

function spreadOf(
  { sample, root }: Spread,
  count: bigint,
  sum: Numeric,
  square: Numeric,
): Numeric | undefined {
  if (count === 0n || (sample && count === 1n)) return undefined;
  if (!isFiniteNumeric(sum) || !isFiniteNumeric(square)) return 'NaN';
  const n: FiniteNumeric = { unscaled: count, scale: 0 };
  const difference = subtract(multiply(n, square), multiply(sum, sum));
  if (difference.unscaled <= 0n) return { unscaled: 0n, scale: 0 };
  const divisor = { unscaled: count * (sample ? count - 1n : count), scale: 0 };
  const scale = quotientScale(difference, divisor);
  const variance = divideAt(difference, divisor, scale);
  return root ? squareRoot(variance, scale) : variance;
}
