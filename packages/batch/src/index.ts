/** Columns in shared memory: what moves between Millrace's threads. */
export { assert, InvariantError } from './assert.js';
export { Batch, type BatchOptions, type RowReader } from './batch.js';
export { BatchBuilder, type BatchBuilderOptions } from './batch-builder.js';
export { type BatchFrame, type BufferSource, layOutBatch, newBuffer } from './batch-frame.js';
export { type DataType, sameType, typeName, WRAPPED_HIGH } from './data-type.js';
export {
  formatDecimalWords,
  isNaNDecimal,
  MAX_DECIMAL_PRECISION,
  smallDecimal,
} from './decimal.js';
export { ColumnFlag, ColumnWord, columnWord, type Layout, layoutOf, widthBytes } from './layout.js';
export { weigh } from './memory-weight.js';
export type { Field, Schema } from './schema.js';
export { countAbsent, isPresent, markAllPresent } from './validity.js';
export {
  BitVector,
  FixedVector,
  formatUuid,
  type Value,
  VariableVector,
  type Vector,
} from './vector.js';
export { verifyBatch } from './verify.js';
