import { Writable } from 'node:stream';
import { type ExportOptions, type ExportSource, exportStatement } from '@millrace/exasol';
import { type ExportSink, exportEnd, readSinks } from './export-ends.js';
import type { TransferResult } from './transfer.js';
import { openTransfer, type StatementOptions, type TransferGround } from './transfer-ground.js';
import {
  namedStreams,
  nodesFor,
  readTransferSettings,
  SAMPLE_ADDRESSES,
  type TransferOptions,
} from './transfer-options.js';

/** An EXPORT by several streams. */
export interface ExportParallelOptions extends ExportOptions, StatementOptions, TransferOptions {
  /** A table (`'schema.table'`), or `{ query }`. */
  readonly from: ExportSource;
  readonly to: ExportSink;
}

/** @throws ExasolOptionError, ExasolTransferError, ExasolError, the signal's reason */
export async function exportParallel(
  options: ExportParallelOptions,
  ground: TransferGround,
): Promise<TransferResult> {
  const { to, workers, signal: _, timeoutMs: __, connectTimeoutMs: ___, ...words } = options;
  const { session, signal } = ground;
  const settings = readTransferSettings(options, session);
  const { connectTimeoutMs: ____, ...files } = settings;
  const statement = (addresses: readonly string[]): string =>
    exportStatement({ ...words, ...files, addresses });
  statement(SAMPLE_ADDRESSES);
  const named = to instanceof Writable ? 1 : namedStreams(to, () => true);
  if (workers !== undefined || named !== undefined) readSinks(to, workers ?? named ?? 1);
  const nodes = await nodesFor(session, workers, named, signal);
  const sinks = readSinks(to, nodes.length);
  const { compression } = settings;
  const { format } = options;
  const ends = sinks.map((sink, index) =>
    exportEnd(sink, { place: { index, workers: sinks.length }, compression, format }),
  );
  const request = { kind: 'EXPORT', nodes, ends, statement, countsRows: false } as const;
  return await (await openTransfer(ground, settings, request)).run();
}
