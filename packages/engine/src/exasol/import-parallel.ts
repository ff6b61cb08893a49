import { Readable } from 'node:stream';
import {
  type CsvColumn,
  type CsvDialect,
  createCsvWriter,
  ExasolOptionError,
  type ImportOptions,
  importStatement,
  type Session,
  type TableName,
} from '@millrace/exasol';
import { type ImportSource, importEnds, readSources } from './import-ends.js';
import { selectColumns } from './select-columns.js';
import { isShardOutputs } from './shard-outputs.js';
import type { TransferResult } from './transfer.js';
import { openTransfer, type StatementOptions, type TransferGround } from './transfer-ground.js';
import {
  namedStreams,
  nodesFor,
  readTransferSettings,
  SAMPLE_ADDRESSES,
  type TransferOptions,
} from './transfer-options.js';

/** An IMPORT by several streams. */
export interface ImportParallelOptions extends ImportOptions, StatementOptions, TransferOptions {
  /** The table: `'schema.table'`. */
  readonly into: TableName;
  readonly from: ImportSource;
}

/** @throws ExasolOptionError, ExasolTransferError, ExasolError, the signal's reason */
export async function importParallel(
  options: ImportParallelOptions,
  ground: TransferGround,
): Promise<TransferResult> {
  const { from, workers, signal: _, timeoutMs: __, connectTimeoutMs: ___, ...words } = options;
  const { session, signal } = ground;
  const settings = readTransferSettings(options, session);
  const { connectTimeoutMs: ____, ...files } = settings;
  const statement = (addresses: readonly string[]): string =>
    importStatement({ ...words, ...files, addresses });
  statement(SAMPLE_ADDRESSES);
  const dialect = dialectOf(options);
  const named = namedSources(from);
  if (workers !== undefined || named !== undefined) readSources(from, workers ?? named ?? 1);
  const nodes = await nodesFor(session, workers, named, signal);
  const sources = readSources(from, nodes.length);
  if (sources.kind !== 'each' && options.format === undefined) checkWritable(dialect);
  const ends = importEnds(sources, {
    workers: nodes.length,
    compression: settings.compression,
    format: options.format,
    dialect,
    columns: sources.kind === 'shared' ? await targetColumns(options, session, signal) : undefined,
  });
  // Otherwise the database may pass rows over.
  const countsRows = (options.skip ?? 0) === 0 && (options.rejectLimit ?? 0) === 0;
  const request = { kind: 'IMPORT', nodes, ends, statement, countsRows } as const;
  return await (await openTransfer(ground, settings, request)).run();
}

/** Sinks of a list are one for each stream; a list of rows or batches is one source for all. */
function namedSources(from: unknown): number | undefined {
  if (from instanceof Readable) return 1;
  if (isShardOutputs(from)) return from.ports.length;
  return namedStreams(from, (list) => list.length > 0 && readsAsList(list));
}

function readsAsList(list: readonly unknown[]): boolean {
  return readSources(list, list.length).kind === 'each';
}

/** How rows and batches are written: as the statement says that they are. */
function dialectOf(options: ImportParallelOptions): CsvDialect {
  const { columnSeparator, columnDelimiter, rowSeparator, encoding } = options;
  return {
    ...(columnSeparator !== undefined && { columnSeparator }),
    ...(columnDelimiter !== undefined && { columnDelimiter }),
    ...(rowSeparator !== undefined && { rowSeparator }),
    ...(encoding !== undefined && { encoding }),
  };
}

/** @throws ExasolOptionError for CSV that rows and batches cannot be written as */
function checkWritable(dialect: CsvDialect): void {
  try {
    createCsvWriter({ dialect });
  } catch (error) {
    throw new ExasolOptionError('from', `rows and batches: ${(error as Error).message}`);
  }
}

/** The columns that fields are for, so that a Date for a DATE is written as one; undefined where the fields are not theirs in order. */
async function targetColumns(
  { into, columns, quoteIdentifiers = false, csvColumns }: ImportParallelOptions,
  session: Session,
  signal: AbortSignal,
): Promise<readonly CsvColumn[] | undefined> {
  if (csvColumns !== undefined) return undefined;
  const sql = selectColumns(into, columns, quoteIdentifiers, 'into');
  return (await session.describe(sql, { signal })).columns;
}
