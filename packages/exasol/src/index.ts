/** Exasol as a source and a sink of columns. */
export { type CsvColumn, type CsvColumnType, csvDataType } from './csv/column-type.js';
export { CsvError, type CsvErrorDetails } from './csv/csv-error.js';
export { type CsvScanner, type CsvScannerOptions, createCsvScanner } from './csv/csv-scanner.js';
export { csvOfBatches, csvOfRows } from './csv/csv-streams.js';
export { type CsvWriter, type CsvWriterOptions, createCsvWriter } from './csv/csv-writer.js';
export type { CsvDialect } from './csv/dialect.js';
export { DEFAULT_PORT, type DsnHost, NO_CERTIFICATE_CHECK, parseDsn } from './dsn/parse-dsn.js';
export { type HostAddress, type ResolveOptions, resolveHosts } from './dsn/resolve-hosts.js';
export {
  ExasolConnectionError,
  ExasolError,
  ExasolOptionError,
  ExasolProtocolError,
} from './errors.js';
export type { Command, CommandOptions } from './session/command-queue.js';
export type { SessionInfo } from './session/login.js';
export { openSession, type SessionOptions } from './session/open-session.js';
export type { TlsOptions } from './session/open-socket.js';
export type {
  ParameterValue,
  PreparedStatement,
  StatementDescription,
} from './session/prepared-statement.js';
export type { ExasolColumn, Reply, SessionAttributes } from './session/protocol.js';
export type { ExasolRow, ResultPage, ResultSet } from './session/result-set.js';
export type {
  ExasolNode,
  NodeMapper,
  RowCount,
  Session,
  StatementResult,
} from './session/session.js';
export type { CsvOptions, ErrorTable } from './sql/csv-options.js';
export {
  type ExportOptions,
  type ExportRequest,
  type ExportSource,
  exportStatement,
} from './sql/export-statement.js';
export type { TunnelFiles } from './sql/file-list.js';
export type { TableName } from './sql/identifier.js';
export { identifierSql, literalSql, tableSql } from './sql/identifier.js';
export { type ImportOptions, type ImportRequest, importStatement } from './sql/import-statement.js';
export { knowsCertificateWords } from './sql/release-version.js';
export { parseTunnelAddress, type TunnelAddress } from './sql/tunnel-address.js';
export type { ByteSink } from './tunnel/byte-sink.js';
export type { ByteSource, ByteStream } from './tunnel/byte-source.js';
export type { FileForm, PackedFormat } from './tunnel/check-file.js';
export type { TunnelResult } from './tunnel/exchange.js';
export { type OpenTunnelOptions, openTunnel } from './tunnel/open-tunnel.js';
export type { ReceiveOptions } from './tunnel/receive.js';
export type { SendOptions } from './tunnel/send.js';
export type { Tunnel } from './tunnel/tunnel.js';
export { createTunnelCertificate, type TunnelCertificate } from './tunnel/tunnel-certificate.js';
export {
  TunnelError,
  type TunnelErrorCode,
  type TunnelErrorDetails,
  type TunnelPhase,
} from './tunnel/tunnel-error.js';
export { cellReader, type ExasolValue } from './types/cell-values.js';
export {
  EXASOL_TYPE_NAMES,
  type ExasolType,
  type ExasolTypeName,
  exasolTypeSql,
  readExasolType,
  writeExasolType,
} from './types/exasol-type.js';
