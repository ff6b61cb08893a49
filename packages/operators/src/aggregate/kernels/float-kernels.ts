/** Sums of floats, as `float8pl` and `float4pl` add them: in the type's own precision, and no overflow goes unnoticed. */
import { assert, type DataType, FixedVector, isPresent, type Vector } from '@millrace/batch';
import { SqlValueError } from '../../sql-value-error.js';
import type { AggregateState, Kernel } from '../aggregate-state.js';
import { type FinishedColumn, fixedColumn } from '../finished-column.js';
import { grown } from '../growth.js';

/** Sum of partial sums, in the precision of their type. */
export const floatSumKernel: Kernel = ([type]) => {
  assert(type?.kind === 'float32' || type?.kind === 'float64', 'the values are floats');
  return new FloatSumState(type);
};

/**
 * a + b of doubles.
 *
 * @throws SqlValueError 22003 for an infinite sum of finite values
 */
export function addDoubles(a: number, b: number): number {
  return checkFinite(a + b, a, b);
}

/** The result, unless it is infinite and no operand is. */
export function checkFinite(result: number, a: number, b: number): number {
  const overflow = isInfinite(result) && !isInfinite(a) && !isInfinite(b);
  if (overflow) throw new SqlValueError('22003', 'value out of range: overflow');
  return result;
}

function isInfinite(value: number): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}

class FloatSumState implements AggregateState {
  readonly type: DataType;
  #sums = new Float64Array(0);
  #present = new Uint8Array(0);

  constructor(type: DataType) {
    this.type = type;
  }

  add([vector]: readonly Vector[], groups: Int32Array, groupCount: number): void {
    assert(vector instanceof FixedVector, 'a float has a fixed width');
    this.#sums = grown(this.#sums, groupCount);
    this.#present = grown(this.#present, groupCount);
    const single = this.type.kind === 'float32';
    const values = vector.values as Float64Array;
    const { validity, nullCount } = vector;
    for (let row = 0; row < groups.length; row++) {
      if (nullCount > 0 && !isPresent(validity, 0, row)) continue;
      const group = groups[row]!;
      const value = values[row]!;
      const known = this.#sums[group]!;
      const sum = this.#present[group] === 0 ? value : known + value;
      this.#sums[group] = checkFinite(single ? Math.fround(sum) : sum, known, value);
      this.#present[group] = 1;
    }
  }

  finish(from: number, to: number): FinishedColumn {
    const sums = grown(this.#sums, to).subarray(from, to);
    const present = grown(this.#present, to).subarray(from, to);
    const values = this.type.kind === 'float32' ? Float32Array.from(sums) : Float64Array.from(sums);
    return fixedColumn(this.type, new Int32Array(values.buffer), present, 0, to - from);
  }

  get bytes(): number {
    return this.#sums.byteLength + this.#present.byteLength;
  }
}
