import { Writable } from 'node:stream';
import {
  type ExportOptions,
  type ExportSource,
  exportStatement,
  type Session,
} from '@millrace/exasol';
import type { Slot } from '../dispatch/slot.js';
import { type ExportSink, exportEnd, readSinks } from './export-ends.js';
import { Transfer, type TransferResult } from './transfer.js';
import {
  certificateFor,
  namedStreams,
  nodesFor,
  readTransferSettings,
  SAMPLE_ADDRESSES,
  type TransferOptions,
} from './transfer-options.js';

/** An EXPORT by several streams. */
export interface ExportParallelOptions extends ExportOptions, TransferOptions {
  /** A table (`'schema.table'`), or `{ query }`. */
  readonly from: ExportSource;
  readonly to: ExportSink;
  /** Names keep their case and may hold any character. Default false. */
  readonly quoteIdentifiers?: boolean;
  /** The database packs the bytes so, and they reach the sink packed. */
  readonly format?: 'gz' | 'bz2' | 'zip';
  /** The database takes whatever certificate a tunnel shows. Default false. */
  readonly ignoreCertificate?: boolean;
}

/** What a transfer runs on. */
export interface TransferGround {
  readonly session: Session;
  /** Threads for so many streams; those of streams in a row differ while there are threads. */
  readonly slots: (count: number) => readonly Slot[];
  /** Aborts with the error to throw. */
  readonly signal: AbortSignal;
}

/** @throws ExasolOptionError, ExasolTransferError, ExasolError, the signal's reason */
export async function exportParallel(
  options: ExportParallelOptions,
  { session, slots, signal }: TransferGround,
): Promise<TransferResult> {
  const { to, workers, signal: _, timeoutMs: __, connectTimeoutMs: ___, ...words } = options;
  const { connectTimeoutMs, ...settings } = readTransferSettings(options, session);
  const statement = (addresses: readonly string[]): string =>
    exportStatement({ ...words, ...settings, addresses });
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
  return await new Transfer({
    kind: 'EXPORT',
    session,
    nodes,
    slots: slots(nodes.length),
    ends,
    certificate: await certificateFor(settings.encryption),
    connectTimeoutMs,
    statement,
    signal,
    countsRows: false,
  }).run();
}
