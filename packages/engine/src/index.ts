/** One SQL statement over many databases, in parallel, as one answer. */
export type { Batch, DataType, Field, Schema, Value, Vector } from '@millrace/batch';
export {
  CsvError,
  ExasolConnectionError,
  ExasolError,
  ExasolOptionError,
  ExasolProtocolError,
  TunnelError,
} from '@millrace/exasol';
export type { TypeChoices } from '@millrace/postgres';
export type {
  Connector,
  ConnectorConnection,
  ConnectorField,
  ConnectorRows,
  ExportModule,
  ImportModule,
  TransportPlace,
} from '@millrace/worker';
export type { BatchStream, QueryResult, QueryStats } from './call-result.js';
export type { CombineAggregate } from './combine/combine-aggregates.js';
export type { CombineOptions, CombineOrder } from './combine/combine-options.js';
export { combineStreams } from './combine/combine-streams.js';
export { connect } from './connect.js';
export {
  type CopyFromOptions,
  type CopyIntoOptions,
  type CopyResult,
  copyShards,
  type ShardCopy,
} from './copy-shards.js';
export { Database } from './database.js';
export type { MissingShard, ShardStats } from './dispatch/execution-part.js';
export type { OperatorStats } from './dispatch/step-execution.js';
export {
  CancelledError,
  CommitError,
  ConfigurationError,
  MergeError,
  MillraceError,
  ShardError,
  SqlError,
  TimeoutError,
  UnsupportedError,
} from './errors.js';
export type { BatchStreamOptions } from './exasol/batch-stream.js';
export { connectExasol, type ExasolConnectOptions } from './exasol/connect-exasol.js';
export {
  type AddressOptions,
  type ExasolCallOptions,
  ExasolConnection,
  type ExasolExecuteOptions,
  type ExasolResult,
} from './exasol/exasol-connection.js';
export type { ExportFunction, ExportSink, ExportSinkOne } from './exasol/export-ends.js';
export type { ExportParallelOptions } from './exasol/export-parallel.js';
export {
  type HttpTransport,
  type HttpTransportOptions,
  httpTransport,
} from './exasol/http-transport.js';
export type {
  ImportFunction,
  ImportItem,
  ImportItems,
  ImportSource,
  ImportSourceOne,
} from './exasol/import-ends.js';
export type { ImportParallelOptions } from './exasol/import-parallel.js';
export type { ShardOutputs } from './exasol/shard-outputs.js';
export type { StreamResult, TransferResult } from './exasol/transfer.js';
export { ExasolTransferError, type TransferOrigin } from './exasol/transfer-error.js';
export type { TransferOptions } from './exasol/transfer-options.js';
export type { ConnectionLike, CursorLike } from './faces/connection-objects.js';
export type { ConnectorDsn } from './faces/connector-link.js';
export type { CursorOptions, ExecuteOptions } from './faces/cursor-options.js';
export {
  type ConnectorOptions,
  ParallelConnection,
  type ParallelConnectionOptions,
  type ParallelConnectOptions,
} from './faces/parallel-connection.js';
export type { ParallelCursor } from './faces/parallel-cursor.js';
export type { ConnectionPool, CursorColumn } from './faces/parallel-link.js';
export type { StatementArguments } from './faces/placeholders.js';
export type {
  CallOptions,
  ConnectOptions,
  ProgressEvent,
  ShardErrors,
  TopK,
  Unlisted,
} from './options.js';
export type {
  ExplainedShard,
  ExplainedStep,
  ExplainedTotal,
  Explanation,
  Refusal,
  StepActuals,
} from './plan/explain.js';
export type { FieldDescription } from './result/query-result.js';
export type { CheckReport } from './topology/check.js';
export type { CheckProblem } from './topology/check-problem.js';
export type { KeyType } from './topology/key-hash.js';
export { createHashPartitioner, hashPartitionOf } from './topology/partition-hash.js';
export type { ReplicaReads, ShardOption } from './topology/shards.js';
export type {
  KeyRange,
  KeyValue,
  KeyValues,
  PlacementRule,
  ShardedTableOption,
  TableOption,
} from './topology/tables.js';
