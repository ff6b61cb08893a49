import { type Batch, BitVector, FixedVector, VariableVector, type Vector } from '@millrace/batch';
import type { Data } from 'apache-arrow';
import { gatherColumns } from '../dataset/gather-columns.js';

/**
 * One column of a columnar result as bare typed arrays: what a batch's vector and an Arrow chunk have in common, so that
 * one set of kernels reads both. Nothing is copied.
 */
export interface ColumnView {
  readonly rowCount: number;
  /** One bit a row, least significant first, 1 = present; undefined when nothing is NULL. */
  readonly validity: Uint8Array | undefined;
  /** The values, or for text its bytes. */
  readonly values: ArrayBufferView;
  /** Text only: value i is values[offsets[i] .. offsets[i + 1]). */
  readonly offsets: Int32Array | undefined;
}

/** The gather columns of a batch. */
export function batchViews(batch: Batch): ColumnView[] {
  expectColumns(batch.vectors.length);
  return batch.vectors.map(vectorView);
}

/** The gather columns of one Arrow record batch. */
export function arrowViews(columns: readonly Data[]): ColumnView[] {
  expectColumns(columns.length);
  return columns.map(dataView);
}

function vectorView(vector: Vector): ColumnView {
  const rowCount = vector.length;
  const validity = vector.nullCount > 0 ? vector.validity : undefined;
  if (vector instanceof VariableVector)
    return { rowCount, validity, values: vector.data, offsets: vector.offsets };
  if (vector instanceof FixedVector || vector instanceof BitVector)
    return { rowCount, validity, values: vector.values, offsets: undefined };
  throw new TypeError(`a gather column came as ${vector.type.kind}`);
}

function dataView(data: Data): ColumnView {
  if (data.offset !== 0)
    throw new RangeError('an Arrow chunk of a gather column is expected to start at its buffer');
  return {
    rowCount: data.length,
    validity: data.nullCount > 0 ? data.nullBitmap : undefined,
    values: data.values as ArrayBufferView,
    offsets: data.valueOffsets as Int32Array | undefined,
  };
}

function expectColumns(count: number): void {
  if (count !== gatherColumns.length) {
    throw new RangeError(`${count} columns came instead of ${gatherColumns.length}`);
  }
}
