/** What runs in a thread, and the words to speak with it. */
export type {
  Connector,
  ConnectorCommand,
  ConnectorConnection,
  ConnectorField,
  ConnectorMessage,
  ConnectorRequest,
  ConnectorRows,
  ConnectorTask,
} from './connector/connector.js';
export { COPY_LIMIT } from './copy/copy-in-task.js';
export type { NamedDescription, TypeNames } from './describe-for-plan.js';
export type { ErrorEnvelope, ErrorKind } from './error-envelope.js';
export { BufferPool } from './exchange/buffer-pool.js';
export type { ExchangePort } from './exchange/exchange-port.js';
export { ExchangeReader, type ExchangeReaderEvents } from './exchange/exchange-reader.js';
export {
  ExchangeWriter,
  type ExchangeWriterEvents,
  type ExchangeWriterOptions,
} from './exchange/exchange-writer.js';
export { ARRAYS_LIMIT } from './merged-arrays.js';
export type {
  ArrayLimits,
  BatchMessage,
  Begin,
  Begun,
  ConsumerMessage,
  ControlTask,
  CopyInTask,
  CopyLimits,
  CopyMessage,
  CopyOutTask,
  Described,
  Ended,
  Failed,
  LineReport,
  LineRequest,
  LineStatement,
  LineTask,
  Merged,
  MergeTask,
  Opening,
  Planning,
  Progress,
  SessionUse,
  ShardOutput,
  ShardSettings,
  ShardTask,
  SnapshotTimes,
  TaskMessage,
  ThreadControl,
  ThreadSettings,
  ThreadStatistics,
  ThreadTask,
  TransactionKind,
  TransactionStep,
} from './protocol.js';
export { allocateLedger, type LedgerEntry, SessionLedger } from './session-ledger.js';
export { ShardServers } from './shard-servers.js';
export { PieceQueue } from './transport/piece-queue.js';
export { type Piece, PieceStreamError, PieceWriter, readPieces } from './transport/pieces.js';
export type {
  ExportModule,
  ImportModule,
  TransportDone,
  TransportFailed,
  TransportMessage,
  TransportMove,
  TransportOrigin,
  TransportPlace,
  TransportRequest,
  TransportSink,
  TransportSource,
  TransportTask,
} from './transport/transport.js';

/** The module a piscina pool runs: `main.js` and all that it needs of ours, bundled by `npm run build`. */
export const threadEntry: string = new URL('./thread.js', import.meta.url).href;
