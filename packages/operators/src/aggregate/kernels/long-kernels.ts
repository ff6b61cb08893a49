/** count and the sums that are an int8: partial values are int8 (sums also of shorter integers), what comes out is int8. */
import { assert, type DataType, FixedVector, isPresent, type Vector } from '@millrace/batch';
import { SqlValueError } from '../../sql-value-error.js';
import type { AggregateState, Kernel } from '../aggregate-state.js';
import { type FinishedColumn, fixedColumn } from '../finished-column.js';
import { grown } from '../growth.js';
import { LongSums } from './long-sums.js';

const INT64: DataType = { kind: 'int64' };

/** Sum of the shards' counts: 0 where there are none. */
export const countKernel: Kernel = () => new LongSumState(true);

/** @throws SqlValueError 22003 for a sum that is no int8 */
export const longSumKernel: Kernel = () => new LongSumState(false);

class LongSumState implements AggregateState {
  readonly type = INT64;
  readonly #zeroIfNone: boolean;
  readonly #sums = new LongSums();
  #present = new Uint8Array(0);

  constructor(zeroIfNone: boolean) {
    this.#zeroIfNone = zeroIfNone;
  }

  add(vectors: readonly Vector[], groups: Int32Array, groupCount: number): void {
    this.#sums.reserve(groupCount);
    this.#present = grown(this.#present, groupCount);
    addLongs(this.#sums, this.#present, vectors[0]!, groups);
  }

  finish(from: number, to: number): FinishedColumn {
    const words = new BigInt64Array(to - from);
    const present = new Uint8Array(to - from);
    for (let i = 0; i < words.length; i++) {
      words[i] = checkLong(this.#sums.total(from + i));
      present[i] = this.#zeroIfNone ? 1 : (this.#present[from + i] ?? 0);
    }
    return fixedColumn(INT64, new Int32Array(words.buffer), present, 0, words.length);
  }

  get bytes(): number {
    return this.#sums.bytes + this.#present.byteLength;
  }
}

/** Adds a column of int8, or of shorter integers; `present` is set to 1 where a group gets a value. */
export function addLongs(
  sums: LongSums,
  present: Uint8Array,
  vector: Vector,
  groups: Int32Array,
): void {
  assert(vector instanceof FixedVector, 'the values are integers');
  if (vector.type.kind !== 'int64') return addShort(sums, present, vector, groups);
  const { buffer, byteOffset } = vector.values;
  const words = new Int32Array(buffer, byteOffset, groups.length * 2);
  const { validity, nullCount } = vector;
  for (let row = 0; row < groups.length; row++) {
    if (nullCount > 0 && !isPresent(validity, 0, row)) continue;
    const group = groups[row]!;
    sums.add(group, words[row * 2]!, words[row * 2 + 1]!);
    present[group] = 1;
  }
}

function addShort(
  sums: LongSums,
  present: Uint8Array,
  { type, values, validity, nullCount }: FixedVector,
  groups: Int32Array,
): void {
  assert(type.kind === 'int32' || type.kind === 'int16', 'the values are integers');
  for (let row = 0; row < groups.length; row++) {
    if (nullCount > 0 && !isPresent(validity, 0, row)) continue;
    const group = groups[row]!;
    const value = values[row] as number;
    sums.add(group, value, value >> 31);
    present[group] = 1;
  }
}

function checkLong(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value) return value;
  throw new SqlValueError('22003', 'bigint out of range');
}
