/**
 * Averages, variances and deviations of floats from each shard's count N, sum Sx and sum of squared differences from the mean
 * Sxx: float8's own transition state, combined by the Youngs-Cramer formula as in `float8_combine` (float.c).
 */
import type { DataType, Vector } from '@millrace/batch';
import type { AggregateState, Kernel } from '../aggregate-state.js';
import { doubleColumn, type FinishedColumn } from '../finished-column.js';
import { grown } from '../growth.js';
import { doublesOf } from './double-values.js';
import { addDoubles, checkFinite } from './float-kernels.js';

const FLOAT64: DataType = { kind: 'float64' };

/** N, Sx and Sxx to the result; undefined is NULL. N is 1 or more. */
type MomentFinal = (n: number, sx: number, sxx: number) => number | undefined;

/** Of columns count (int8), sum and Sxx (float8). */
export function momentKernel(final: MomentFinal): Kernel {
  return () => new MomentState(final);
}

/** Average of columns sum (float8) and count (int8). */
export const floatAverageKernel: Kernel = () => new AverageState();

/** What is added to the sums of squares (or of products) of two parts, for the distance of their means. */
export function combinedSquares(
  [a, b]: readonly [number, number],
  n1: number,
  n2: number,
  firstDistance: number,
  secondDistance: number,
): number {
  const between = (n1 * n2 * firstDistance * secondDistance) / (n1 + n2);
  return checkFinite(a + b + between, a, b);
}

class MomentState implements AggregateState {
  readonly type = FLOAT64;
  readonly #final: MomentFinal;
  #n = new Float64Array(0);
  #sx = new Float64Array(0);
  #sxx = new Float64Array(0);

  constructor(final: MomentFinal) {
    this.#final = final;
  }

  add(vectors: readonly Vector[], groups: Int32Array, groupCount: number): void {
    this.#n = grown(this.#n, groupCount);
    this.#sx = grown(this.#sx, groupCount);
    this.#sxx = grown(this.#sxx, groupCount);
    const [n, sx, sxx] = vectors.map(doublesOf);
    for (let row = 0; row < groups.length; row++) {
      // Without values the sums are NULL, too.
      if (n![row]! > 0) this.#addPart(groups[row]!, n![row]!, sx![row]!, sxx![row]!);
    }
  }

  finish(from: number, to: number): FinishedColumn {
    return doubleColumn(from, to, (group) => {
      const n = this.#n[group] ?? 0;
      return n === 0 ? undefined : this.#final(n, this.#sx[group]!, this.#sxx[group]!);
    });
  }

  get bytes(): number {
    return this.#n.byteLength * 3;
  }

  #addPart(group: number, n: number, sx: number, sxx: number): void {
    const known = this.#n[group]!;
    if (known === 0) {
      this.#n[group] = n;
      this.#sx[group] = sx;
      this.#sxx[group] = sxx;
      return;
    }
    const distance = this.#sx[group]! / known - sx / n;
    this.#n[group] = known + n;
    this.#sx[group] = addDoubles(this.#sx[group]!, sx);
    this.#sxx[group] = combinedSquares([this.#sxx[group]!, sxx], known, n, distance, distance);
  }
}

class AverageState implements AggregateState {
  readonly type = FLOAT64;
  #n = new Float64Array(0);
  #sx = new Float64Array(0);

  add(vectors: readonly Vector[], groups: Int32Array, groupCount: number): void {
    this.#n = grown(this.#n, groupCount);
    this.#sx = grown(this.#sx, groupCount);
    const [sx, n] = vectors.map(doublesOf);
    for (let row = 0; row < groups.length; row++) {
      if (n![row] === 0) continue;
      const group = groups[row]!;
      this.#sx[group] = addDoubles(this.#sx[group]!, sx![row]!);
      this.#n[group]! += n![row]!;
    }
  }

  finish(from: number, to: number): FinishedColumn {
    return doubleColumn(from, to, (group) => {
      const n = this.#n[group] ?? 0;
      return n === 0 ? undefined : this.#sx[group]! / n;
    });
  }

  get bytes(): number {
    return this.#n.byteLength * 2;
  }
}
