/** PostgreSQL as a source: connections whose rows are decoded straight into batches. */
export { requestCancel } from './cancel-request.js';
export { sameColumns, type StatementDescription } from './describe-statement.js';
export { ConnectionError, ServerError, type ServerErrorFields, StatementError, WireError } from './errors.js';
export { openConnection, type ServerAddress } from './open-connection.js';
export { type BackendKey, PostgresConnection, type StatementRun } from './postgres-connection.js';
export { type BatchLimits, type BatchSink, ResultReader } from './result-reader.js';
export { type Completion, StaleDescriptionError } from './run-statement.js';
export { FIRST_USER_OID, postgresTypeName, TypeOid } from './types/type-table.js';
export type { ColumnDescription } from './wire/messages-in.js';
export type { WireParameter } from './wire/messages-out.js';
