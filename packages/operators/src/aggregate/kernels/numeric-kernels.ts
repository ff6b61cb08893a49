/** Sums and averages that are a numeric. What comes out is PostgreSQL's text of it. */
import type { DataType, Vector } from '@millrace/batch';
import { divide } from '../../numeric/arithmetic.js';
import { formatNumeric, isFiniteNumeric, type Numeric } from '../../numeric/numeric.js';
import type { AggregateState, Kernel } from '../aggregate-state.js';
import { type FinishedColumn, textColumn } from '../finished-column.js';
import { grown } from '../growth.js';
import { addLongs } from './long-kernels.js';
import { LongSums } from './long-sums.js';
import { NumericSums } from './numeric-sums.js';

const TEXT: DataType = { kind: 'utf8' };
const encoder = new TextEncoder();

/** Of partial sums: numeric (text or decimal) or int8. */
export const numericSumKernel: Kernel = () => new NumericSumState();

/** Of partial sums (numeric or int8) and counts (int8). */
export const numericAverageKernel: Kernel = () => new NumericAverageState();

/** Texts of a group each; undefined is NULL. */
export function numericColumn(
  from: number,
  to: number,
  valueOfGroup: (group: number) => Numeric | undefined,
): FinishedColumn {
  const texts: (Uint8Array | undefined)[] = [];
  for (let group = from; group < to; group++) {
    const value = valueOfGroup(group);
    texts.push(value === undefined ? undefined : encoder.encode(formatNumeric(value)));
  }
  return textColumn(TEXT, texts);
}

class NumericSumState implements AggregateState {
  readonly type = TEXT;
  readonly #sums = new NumericSums();

  add(vectors: readonly Vector[], groups: Int32Array, groupCount: number): void {
    this.#sums.reserve(groupCount);
    this.#sums.add(vectors[0]!, groups);
  }

  finish(from: number, to: number): FinishedColumn {
    return numericColumn(from, to, (group) => this.#sums.total(group));
  }

  get bytes(): number {
    return this.#sums.bytes;
  }
}

class NumericAverageState implements AggregateState {
  readonly type = TEXT;
  readonly #sums = new NumericSums();
  readonly #counts = new LongSums();
  #counted = new Uint8Array(0);

  add([sums, counts]: readonly Vector[], groups: Int32Array, groupCount: number): void {
    this.#sums.reserve(groupCount);
    this.#sums.add(sums!, groups);
    this.#counts.reserve(groupCount);
    this.#counted = grown(this.#counted, groupCount);
    addLongs(this.#counts, this.#counted, counts!, groups);
  }

  finish(from: number, to: number): FinishedColumn {
    return numericColumn(from, to, (group) => {
      const sum = this.#sums.total(group);
      if (sum === undefined || !isFiniteNumeric(sum)) return sum;
      return divide(sum, { unscaled: this.#counts.total(group), scale: 0 });
    });
  }

  get bytes(): number {
    return this.#sums.bytes + this.#counts.bytes + this.#counted.byteLength;
  }
}
