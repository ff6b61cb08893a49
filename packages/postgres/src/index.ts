/** PostgreSQL as a source: connections whose rows are decoded straight into batches. */

export { type AddressParts, addressParts } from './address-parts.js';
export { ArrayLiteral } from './array-literal.js';
export { requestCancel } from './cancel-request.js';
export { type CopyChunk, copyChunkBytes, readCopyChunk, writeCopyChunk } from './copy-chunk.js';
export type { CopyIn } from './copy-in-conversation.js';
export type { CopyCompletion, CopyOutOptions } from './copy-out-conversation.js';
export { type StatementDescription, sameColumns } from './describe-statement.js';
export {
  ConnectionError,
  ServerError,
  type ServerErrorFields,
  StatementError,
  ValueError,
  WireError,
} from './errors.js';
export { openConnection, type ServerAddress } from './open-connection.js';
export { type BackendKey, PostgresConnection, type StatementRun } from './postgres-connection.js';
export { type BatchLimits, type BatchSink, ResultReader } from './result-reader.js';
export { type Completion, StaleDescriptionError } from './run-statement.js';
export { RESERVED_SETTINGS } from './session-settings.js';
export { sqlLiteral, textLiteral } from './sql-literal.js';
export { withinTime } from './time-limit.js';
export {
  type ColumnDecoder,
  columnDecoder,
  FIRST_USER_OID,
  postgresTypeName,
  TypeOid,
} from './types/type-table.js';
export { encodeParameter } from './values/parameter.js';
export { type TextParser, textParser } from './values/text-parsers.js';
export { TYPE_CHOICES, type TypeChoices } from './values/type-choices.js';
export type { RowRange, ValueReader } from './values/value-reader.js';
export { valueReader } from './values/value-readers.js';
export type { ColumnDescription } from './wire/messages-in.js';
export type { WireParameter } from './wire/messages-out.js';
export { WireBuffer } from './wire/wire-buffer.js';
