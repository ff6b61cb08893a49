/** Exasol as a source and a sink of columns. */
export { type CsvColumn, type CsvColumnType, csvDataType } from './csv/column-type.js';
export { CsvError } from './csv/csv-error.js';
export { type CsvScanner, type CsvScannerOptions, createCsvScanner } from './csv/csv-scanner.js';
export { csvOfBatches, csvOfRows } from './csv/csv-streams.js';
export { type CsvWriter, type CsvWriterOptions, createCsvWriter } from './csv/csv-writer.js';
export type { CsvDialect } from './csv/dialect.js';
export { ExasolError } from './errors.js';
export type { ByteSink } from './tunnel/byte-sink.js';
export type { ByteSource, ByteStream } from './tunnel/byte-source.js';
export type { TunnelResult } from './tunnel/exchange.js';
export { type OpenTunnelOptions, openTunnel } from './tunnel/open-tunnel.js';
export type { ReceiveOptions } from './tunnel/receive.js';
export type { SendOptions } from './tunnel/send.js';
export type { Tunnel } from './tunnel/tunnel.js';
export { createTunnelCertificate, type TunnelCertificate } from './tunnel/tunnel-certificate.js';
export { TunnelError, type TunnelErrorCode, type TunnelPhase } from './tunnel/tunnel-error.js';
