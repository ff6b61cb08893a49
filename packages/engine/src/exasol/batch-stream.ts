/** A statement's rows as typed batches: a parallel EXPORT whose CSV becomes columns in the threads that receive it. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Batch, type Schema } from '@millrace/batch';
import { type CsvColumn, csvDataType, type ExportSource, exportStatement } from '@millrace/exasol';
import {
  type BatchMessage,
  ExchangeReader,
  PieceQueue,
  PieceStreamError,
  type TransportPlace,
} from '@millrace/worker';
import { deferred } from '../dispatch/deferred.js';
import { environmentNumber } from '../options.js';
import { selectColumns } from './select-columns.js';
import type { TransferEnd } from './transfer.js';
import { openTransfer, type TransferGround } from './transfer-ground.js';
import {
  nodesFor,
  readTransferSettings,
  SAMPLE_ADDRESSES,
  type TransferOptions,
  wholeNumber,
} from './transfer-options.js';

/** Options of a stream of batches. */
export interface BatchStreamOptions extends TransferOptions {
  /** The table's columns, in order. Default: all. Not for a query. */
  readonly columns?: readonly string[];
  /** Names keep their case and may hold any character. Default false. */
  readonly quoteIdentifiers?: boolean;
  /** Written first in the statement, as a comment. */
  readonly comment?: string;
  /** Rows of a batch at most. Default 65,536. */
  readonly batchRows?: number;
  /** Bytes of CSV after which a batch ends. Default 1 MiB. */
  readonly batchBytes?: number;
}

/** Batches of one stream under way. */
const CREDITS = 4;
const MOST = 1 << 28;

interface Arrived {
  readonly buffer: SharedArrayBuffer;
  readonly reader: ExchangeReader;
}

/**
 * Batches of all streams as they come. When the loop is left early, the statement is aborted.
 * @throws ExasolOptionError, ExasolTransferError, ExasolError, the signal's reason
 */
export async function* batchStream(
  from: ExportSource,
  options: BatchStreamOptions,
  ground: TransferGround & { readonly leave: () => void },
): AsyncGenerator<Batch, void, undefined> {
  const { session, signal, leave } = ground;
  const settings = readTransferSettings(options, session);
  const { connectTimeoutMs: _, ...files } = settings;
  const { columns: names, quoteIdentifiers, comment } = options;
  const statement = (addresses: readonly string[]): string =>
    exportStatement({
      from,
      ...files,
      addresses,
      ...(names !== undefined && { columns: names }),
      ...(quoteIdentifiers !== undefined && { quoteIdentifiers }),
      ...(comment !== undefined && { comment }),
    });
  statement(SAMPLE_ADDRESSES);
  const asked = wholeNumber(options.batchRows, 'batchRows', MOST);
  const batchRows = environmentNumber(process.env, 'MILLRACE_BATCH_ROWS') ?? asked;
  const batchBytes = wholeNumber(options.batchBytes, 'batchBytes', MOST);
  const { columns } = await session.describe(selectSql(from, options), { signal });
  const nodes = await nodesFor(session, options.workers, undefined, signal);
  const arrived = new PieceQueue<Arrived>();
  const { compression } = settings;
  const ends = nodes.map((_, index) => {
    const place = { index, workers: nodes.length };
    return new BatchesEnd(arrived, { place, compression, columns, batchRows, batchBytes });
  });
  const request = { kind: 'EXPORT', nodes, ends, statement, countsRows: true } as const;
  const transfer = await openTransfer(ground, settings, request);
  const over = transfer.run().then(
    () => arrived.end(),
    (error: unknown) => arrived.end(error),
  );
  try {
    yield* batchesOf(arrived, schemaOf(columns));
  } finally {
    leave();
    await over;
  }
}

async function* batchesOf(
  arrived: PieceQueue<Arrived>,
  schema: Schema,
): AsyncGenerator<Batch, void, undefined> {
  for await (const { buffer, reader } of arrived) {
    let isReturned = false;
    const release = (returned: SharedArrayBuffer): void => {
      isReturned = true;
      reader.credit(returned);
    };
    const batch = new Batch(schema, buffer, { release });
    yield batch;
    batch.release();
    if (!isReturned) reader.credit(undefined);
  }
}

interface BatchesEndOptions {
  readonly place: TransportPlace;
  readonly compression: boolean;
  readonly columns: readonly CsvColumn[];
  readonly batchRows: number | undefined;
  readonly batchBytes: number | undefined;
}

class BatchesEnd implements TransferEnd {
  readonly move: TransferEnd['move'];
  readonly ports: readonly MessagePort[];
  readonly #reader: ExchangeReader;
  readonly #whole = deferred<void>();

  constructor(
    arrived: PieceQueue<Arrived>,
    { place, compression, columns, batchRows, batchBytes }: BatchesEndOptions,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.#whole.promise.catch(() => undefined);
    this.#reader = new ExchangeReader(port1, {
      batch: ({ buffer }: BatchMessage) =>
        arrived.push({ buffer, reader: this.#reader }, () => undefined),
      ended: () => this.#whole.resolve(),
      lost: () => this.#whole.reject(new PieceStreamError('the batches broke off')),
    });
    this.ports = [port2];
    const sink = {
      kind: 'batches',
      port: port2,
      credits: CREDITS,
      columns,
      dialect: {},
      withColumnNames: false,
      batchRows,
      batchBytes,
    } as const;
    this.move = { place, compression, format: undefined, direction: 'export', sink };
  }

  run(): Promise<void> {
    return this.#whole.promise;
  }

  stop(reason: Error): void {
    this.#whole.reject(reason);
    this.#reader.close();
  }

  rowCount(): undefined {
    return undefined;
  }
}

function schemaOf(columns: readonly CsvColumn[]): Schema {
  return { fields: columns.map(({ name, type }) => ({ name, type: csvDataType(type) })) };
}

/** What tells the columns of an EXPORT when it is prepared. */
function selectSql(
  from: ExportSource,
  { columns, quoteIdentifiers = false }: BatchStreamOptions,
): string {
  if (typeof from === 'object' && 'query' in from) return trimmed(from.query);
  if (typeof from === 'string' && /\s/.test(from.trim())) return trimmed(from);
  return selectColumns(from, columns, quoteIdentifiers, 'from');
}

const trimmed = (query: string): string => query.replace(/^[ \n]+/, '').replace(/[ \n;]+$/, '');
