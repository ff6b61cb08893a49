import { assert, FixedVector, type Vector } from '@millrace/batch';

/** The values of a column of floats or int8 as doubles; NULLs are 0. */
export function doublesOf(vector: Vector): ArrayLike<number> {
  assert(vector instanceof FixedVector, 'numbers have a fixed width', vector.type.kind);
  switch (vector.type.kind) {
    case 'float64':
    case 'float32':
      return vector.values as Float64Array;
    default:
      assert(vector.type.kind === 'int64', 'the values are floats or counts', vector.type.kind);
      return Float64Array.from(vector.values as BigInt64Array, Number);
  }
}
