/**
 * Covariance, correlation and linear regression from each shard's transition state (N, Sx, Sxx, Sy, Syy, Sxy), combined and
 * finished as `float8_regr_combine` and its finals do (float.c).
 */
import type { DataType, Vector } from '@millrace/batch';
import type { AggregateState, Kernel } from '../aggregate-state.js';
import { doubleColumn, type FinishedColumn } from '../finished-column.js';
import { grown } from '../growth.js';
import { doublesOf } from './double-values.js';
import { addDoubles } from './float-kernels.js';
import { combinedSquares } from './moment-kernels.js';

const FLOAT64: DataType = { kind: 'float64' };

/** Of pairs in which neither is NULL: how many, sums, squares and products of differences from the means. */
interface PairMoments {
  readonly n: number;
  readonly sx: number;
  readonly sxx: number;
  readonly sy: number;
  readonly syy: number;
  readonly sxy: number;
}

/** Undefined is NULL. There is a pair at least. */
type PairFinal = (pairs: PairMoments) => number | undefined;

/** Numbers that a group has in the state. */
const WIDTH = 6;

/** Of columns count (int8), Sx, Sxx, Sy, Syy and Sxy (float8). */
export function pairKernel(final: PairFinal): Kernel {
  return () => new PairState(final);
}

class PairState implements AggregateState {
  readonly type = FLOAT64;
  readonly #final: PairFinal;
  #moments = new Float64Array(0);

  constructor(final: PairFinal) {
    this.#final = final;
  }

  add(vectors: readonly Vector[], groups: Int32Array, groupCount: number): void {
    this.#moments = grown(this.#moments, groupCount * WIDTH);
    const columns = vectors.map(doublesOf);
    for (let row = 0; row < groups.length; row++) {
      const part = momentsAt(columns, row);
      if (part.n === 0) continue;
      const at = groups[row]! * WIDTH;
      const known = this.#momentsOf(at);
      const sum = known.n === 0 ? part : combine(known, part);
      this.#moments.set([sum.n, sum.sx, sum.sxx, sum.sy, sum.syy, sum.sxy], at);
    }
  }

  finish(from: number, to: number): FinishedColumn {
    return doubleColumn(from, to, (group) => {
      const moments = this.#momentsOf(group * WIDTH);
      return moments.n === 0 ? undefined : this.#final(moments);
    });
  }

  get bytes(): number {
    return this.#moments.byteLength;
  }

  #momentsOf(at: number): PairMoments {
    const [n = 0, sx = 0, sxx = 0, sy = 0, syy = 0, sxy = 0] = this.#moments.subarray(
      at,
      at + WIDTH,
    );
    return { n, sx, sxx, sy, syy, sxy };
  }
}

function momentsAt(columns: readonly ArrayLike<number>[], row: number): PairMoments {
  const [n = 0, sx = 0, sxx = 0, sy = 0, syy = 0, sxy = 0] = columns.map((column) => column[row]!);
  return { n, sx, sxx, sy, syy, sxy };
}

function combine(a: PairMoments, b: PairMoments): PairMoments {
  const x = a.sx / a.n - b.sx / b.n;
  const y = a.sy / a.n - b.sy / b.n;
  return {
    n: a.n + b.n,
    sx: addDoubles(a.sx, b.sx),
    sxx: combinedSquares([a.sxx, b.sxx], a.n, b.n, x, x),
    sy: addDoubles(a.sy, b.sy),
    syy: combinedSquares([a.syy, b.syy], a.n, b.n, y, y),
    sxy: combinedSquares([a.sxy, b.sxy], a.n, b.n, x, y),
  };
}

/** corr: NULL where one of the two does not vary. */
export function correlation({ sxx, syy, sxy }: PairMoments): number | undefined {
  return sxx === 0 || syy === 0 ? undefined : sxy / Math.sqrt(sxx * syy);
}

/** regr_r2. */
export function determination({ sxx, syy, sxy }: PairMoments): number | undefined {
  if (sxx === 0) return undefined;
  return syy === 0 ? 1 : (sxy * sxy) / (sxx * syy);
}

/** regr_slope. */
export function slope({ sxx, sxy }: PairMoments): number | undefined {
  return sxx === 0 ? undefined : sxy / sxx;
}

/** regr_intercept. */
export function intercept({ n, sx, sxx, sy, sxy }: PairMoments): number | undefined {
  return sxx === 0 ? undefined : (sy - (sx * sxy) / sxx) / n;
}
