/**
 * The sort keys of a batch, made comparable once for the whole batch: two rows compare by two plain numbers per key, and only
 * those that these leave equal by the values' bytes.
 *
 * `primary` carries direction and NULLs: -Infinity and Infinity stand for NULL first and last, descending keys are negated.
 * `secondary` holds the next 32 bits where a value has more than `primary` takes. `tie` compares what is left.
 */
import { type Batch, FixedVector, isPresent, VariableVector, type Vector } from '@millrace/batch';
import type { SortKey } from '../pipeline.js';
import type { ByteOrder } from './byte-orders.js';
import { rawKeys } from './raw-keys.js';

export interface SortColumn {
  readonly primary: Float64Array;
  readonly secondary: Uint32Array | undefined;
  readonly tie: ByteOrder | undefined;
  readonly descending: boolean;
  /** Bytes of the values, for `tie`: value `i` lies from `offsets[i]`, or is `width` bytes at `i * width`. */
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array | undefined;
  readonly width: number;
}

/** The keys of one batch, in their order of weight. */
export function sortColumns(batch: Batch, sortKeys: readonly SortKey[]): SortColumn[] {
  return sortKeys.map((key) => sortColumn(batch.vectors[key.column] as Vector, key));
}

/** One column, ready to be compared. */
export function sortColumn(vector: Vector, key: Omit<SortKey, 'column'>): SortColumn {
  const { primary, secondary, tie } = rawKeys(vector, key.order);
  if (key.descending) reverse(primary, secondary);
  if (vector.nullCount > 0) placeNulls(primary, secondary, vector.validity, key.nullsFirst);
  return { primary, secondary, tie, descending: key.descending, ...bytesOf(vector) };
}

/** Negative, 0 or positive: row `i` of some batch against row `j` of another, or of the same. */
export function compareRows(
  a: readonly SortColumn[],
  i: number,
  b: readonly SortColumn[],
  j: number,
): number {
  for (let key = 0; key < a.length; key++) {
    const left = a[key]!;
    const right = b[key]!;
    const first = left.primary[i]!;
    const second = right.primary[j]!;
    if (first !== second) return first < second ? -1 : 1;
    if (left.secondary !== undefined) {
      const low = left.secondary[i]! - right.secondary![j]!;
      if (low !== 0) return low;
    }
    if (left.tie === undefined || first === Infinity || first === -Infinity) continue;
    const rest = compareTied(left.tie, left, i, right, j);
    if (rest !== 0) return left.descending ? -rest : rest;
  }
  return 0;
}

function compareTied(tie: ByteOrder, a: SortColumn, i: number, b: SortColumn, j: number): number {
  return tie(a.bytes, startOf(a, i), endOf(a, i), b.bytes, startOf(b, j), endOf(b, j));
}

function startOf({ offsets, width }: SortColumn, row: number): number {
  return offsets === undefined ? row * width : offsets[row]!;
}

function endOf({ offsets, width }: SortColumn, row: number): number {
  return offsets === undefined ? (row + 1) * width : offsets[row + 1]!;
}

function bytesOf(vector: Vector): Pick<SortColumn, 'bytes' | 'offsets' | 'width'> {
  if (vector instanceof FixedVector) {
    const { buffer, byteOffset, byteLength } = vector.values;
    const width = vector.length === 0 ? 0 : byteLength / vector.length;
    return { bytes: new Uint8Array(buffer, byteOffset, byteLength), offsets: undefined, width };
  }
  if (vector instanceof VariableVector) {
    return { bytes: vector.data, offsets: vector.offsets, width: 0 };
  }
  return { bytes: new Uint8Array(0), offsets: undefined, width: 0 };
}

function reverse(primary: Float64Array, secondary: Uint32Array | undefined): void {
  for (let row = 0; row < primary.length; row++) primary[row] = -primary[row]!;
  if (secondary === undefined) return;
  for (let row = 0; row < secondary.length; row++) secondary[row] = ~secondary[row]!;
}

function placeNulls(
  primary: Float64Array,
  secondary: Uint32Array | undefined,
  validity: Uint8Array,
  first: boolean,
): void {
  const place = first ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  for (let row = 0; row < primary.length; row++) {
    if (isPresent(validity, 0, row)) continue;
    primary[row] = place;
    if (secondary !== undefined) secondary[row] = 0;
  }
}
