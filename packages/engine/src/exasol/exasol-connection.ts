import type { Batch } from '@millrace/batch';
import {
  type ExasolColumn,
  ExasolConnectionError,
  type ExasolRow,
  type ExasolValue,
  type ExportOptions,
  type ExportSource,
  exportStatement,
  type ImportOptions,
  importStatement,
  parseTunnelAddress,
  type RowCount,
  type Session,
  type TableName,
} from '@millrace/exasol';
import { CallScope } from '../call-scope.js';
import { StreamEnding } from '../combine/stream-ending.js';
import type { Slot } from '../dispatch/slot.js';
import { CancelledError, ConfigurationError } from '../errors.js';
import { type BatchStreamOptions, batchStream } from './batch-stream.js';
import { type ExportParallelOptions, exportParallel } from './export-parallel.js';
import { type ImportParallelOptions, importParallel } from './import-parallel.js';
import type { TransferResult } from './transfer.js';
import type { StatementOptions, TransferGround } from './transfer-ground.js';
import { transportSlot } from './transport-slot.js';

/** Commands under way have so long to end when the connection is closed. */
const CLOSE_MS = 5_000;
const ABORT_EACH_MS = 50;

/** Options of every call. */
export interface ExasolCallOptions {
  /** Ends the call, and what the database does for it. */
  readonly signal?: AbortSignal;
  /** Ends it after so long. Default: no limit. */
  readonly timeoutMs?: number;
}

export interface ExasolExecuteOptions extends ExasolCallOptions {
  /** Rows as objects by the columns' names (default; of columns with one name the last one stays), or as lists in their order. */
  readonly rowMode?: 'object' | 'array';
}

/** What a statement gave. */
export interface ExasolResult<Row = Readonly<Record<string, ExasolValue>>> {
  /** Rows that came, or that were changed. */
  readonly rowCount: number;
  /** Empty for a statement that gives no rows. */
  readonly columns: readonly ExasolColumn[];
  readonly rows: readonly Row[];
}

/** Options that statements over tunnels of others take beside those of CSV. */
export interface AddressOptions extends ExasolCallOptions, StatementOptions {
  /** Whether the tunnels' bytes are gzip: they must have been opened so. Default: as the connection's messages. */
  readonly compression?: boolean;
}

/**
 * A session with an Exasol database, and threads that move rows to and from its nodes in parallel. `connectExasol` makes them.
 * One statement runs at a time, in the order of the calls.
 */
export class ExasolConnection {
  /** The session below: prepared statements, attributes, transactions, nodes. */
  readonly session: Session;
  readonly #threads: number;
  readonly #slots: Slot[];
  readonly #scopes: Set<CallScope> = new Set();
  #closing: Promise<void> | undefined;

  /** Not for callers: `connectExasol` makes connections. */
  constructor(session: Session, threads: number, started: readonly Slot[]) {
    this.session = session;
    this.#threads = threads;
    this.#slots = [...started];
  }

  /**
   * Runs one statement and collects its rows. Integers of more than 15 digits are bigints, by their column's type; decimals are text.
   * @throws ExasolError, ExasolConnectionError, CancelledError, TimeoutError
   */
  execute(
    sql: string,
    options: ExasolExecuteOptions & { readonly rowMode: 'array' },
  ): Promise<ExasolResult<ExasolRow>>;
  execute(sql: string, options?: ExasolExecuteOptions): Promise<ExasolResult>;
  execute(
    sql: string,
    options: ExasolExecuteOptions = {},
  ): Promise<ExasolResult | ExasolResult<ExasolRow>> {
    return this.#scoped(options, async (signal) => {
      const result = await this.session.execute(sql, { signal });
      if (result.kind === 'rowCount') return { rowCount: result.rowCount, columns: [], rows: [] };
      const { columns, rowCount } = result;
      const rows = await result.rows({ signal });
      if (options.rowMode === 'array') return { rowCount, columns, rows };
      return { rowCount, columns, rows: rows.map((row) => objectOf(columns, row)) };
    });
  }

  /**
   * Writes a table or a query's rows into sinks, by an EXPORT with one stream for each: files, Node streams, functions, or modules that
   * run in the threads which hold the tunnels. Settles when all streams have ended well and the statement has succeeded.
   *
   * With a list of addresses it runs the statement alone: whoever opened those tunnels (`httpTransport`) receives the bytes.
   * @throws ExasolOptionError before anything is opened; ExasolTransferError; CancelledError, TimeoutError
   */
  exportParallel(options: ExportParallelOptions): Promise<TransferResult>;
  exportParallel(
    addresses: readonly string[],
    from: ExportSource,
    options?: ExportOptions & AddressOptions,
  ): Promise<{ readonly rowCount: number }>;
  exportParallel(
    first: ExportParallelOptions | readonly string[],
    from?: ExportSource,
    options: ExportOptions & AddressOptions = {},
  ): Promise<TransferResult | { readonly rowCount: number }> {
    if (!isList(first)) {
      return this.#scoped(first, (signal) => exportParallel(first, this.#ground(signal)));
    }
    const { signal: _, timeoutMs: __, ...words } = options;
    return this.#overAddresses(options, first, (files) =>
      exportStatement({ ...words, ...files, from: from as ExportSource }),
    );
  }

  /**
   * Reads sources into a table, by an IMPORT with one stream for each: files, Node streams, rows, batches, functions, or modules that run
   * in the threads which hold the tunnels. All of it is committed (unless autocommit is off), or nothing.
   *
   * With a list of addresses it runs the statement alone: whoever opened those tunnels (`httpTransport`) sends the bytes.
   * @throws ExasolOptionError before anything is opened; ExasolTransferError; CancelledError, TimeoutError
   */
  importParallel(options: ImportParallelOptions): Promise<TransferResult>;
  importParallel(
    addresses: readonly string[],
    into: TableName,
    options?: ImportOptions & AddressOptions,
  ): Promise<{ readonly rowCount: number }>;
  importParallel(
    first: ImportParallelOptions | readonly string[],
    into?: TableName,
    options: ImportOptions & AddressOptions = {},
  ): Promise<TransferResult | { readonly rowCount: number }> {
    if (!isList(first)) {
      return this.#scoped(first, (signal) => importParallel(first, this.#ground(signal)));
    }
    const { signal: _, timeoutMs: __, ...words } = options;
    return this.#overAddresses(options, first, (files) =>
      importStatement({ ...words, ...files, into: into as TableName }),
    );
  }

  /**
   * A table's or a query's rows as typed batches, as they come over all tunnels, in no order. A batch is valid until the next one is asked
   * for, unless it is retained. Batches come before it is known that the statement succeeds: when it does not, the loop throws.
   * @throws as `exportParallel`; CsvError as the cause for a value that is not of its column's type
   */
  stream(
    from: ExportSource,
    options: BatchStreamOptions = {},
  ): AsyncGenerator<Batch, void, undefined> {
    const ending = new StreamEnding();
    return ending.of(this.#stream(from, options, ending));
  }

  async *#stream(
    from: ExportSource,
    options: BatchStreamOptions,
    ending: StreamEnding,
  ): AsyncGenerator<Batch, void, undefined> {
    const scope = this.#open(options);
    ending.scope = scope;
    try {
      const leave = (): void => scope.end(new CancelledError('The stream was left'));
      yield* batchStream(from, options, { ...this.#ground(scope.signal), leave });
    } finally {
      this.#close(scope);
    }
  }

  /** Ends what is under way, the session and all threads. Never fails; a second call waits for the first. */
  async close(): Promise<void> {
    this.#closing ??= this.#end();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #end(): Promise<void> {
    for (const scope of this.#scopes) scope.end(new CancelledError('The connection was closed'));
    // Commands that were given to the session itself have no scope; each that waits is ended in its turn.
    const aborts = setInterval(() => this.session.abortQuery(), ABORT_EACH_MS);
    const overdue = new ExasolConnectionError('it did not end within the time that close() has');
    const limit = setTimeout(() => this.session.destroy(overdue), CLOSE_MS);
    await this.session.close();
    clearInterval(aborts);
    clearTimeout(limit);
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }

  async #overAddresses(
    options: AddressOptions,
    addresses: readonly string[],
    statement: (files: {
      readonly addresses: readonly string[];
      readonly encryption: boolean;
      readonly compression: boolean;
      readonly releaseVersion: string;
    }) => string,
  ): Promise<{ readonly rowCount: number }> {
    const { session } = this;
    const keyed = addresses.filter(
      (address, i) => parseTunnelAddress(address, `addresses[${i}]`).publicKey !== undefined,
    );
    if (keyed.length > 0 && keyed.length < addresses.length) {
      throw new ConfigurationError('Some of the tunnels are encrypted, and some are not');
    }
    const sql = statement({
      addresses,
      encryption: keyed.length > 0,
      compression: options.compression ?? session.compression,
      releaseVersion: session.info.releaseVersion,
    });
    return await this.#scoped(options, async (signal) => {
      const { rowCount } = (await session.execute(sql, { signal })) as RowCount;
      return { rowCount };
    });
  }

  async #scoped<Result>(
    options: ExasolCallOptions,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const scope = this.#open(options);
    try {
      return await work(scope.signal);
    } finally {
      this.#close(scope);
    }
  }

  #open({ signal, timeoutMs }: ExasolCallOptions): CallScope {
    const scope = new CallScope({ signal, timeoutMs });
    if (this.#closing !== undefined) scope.end(new CancelledError('The connection was closed'));
    this.#scopes.add(scope);
    return scope;
  }

  #close(scope: CallScope): void {
    this.#scopes.delete(scope);
    scope.close();
  }

  #ground(signal: AbortSignal): TransferGround {
    return { session: this.session, signal, slots: (count) => this.#slotsFor(count) };
  }

  /** Threads beyond those that came with it are started when they are first needed, and kept. */
  #slotsFor(count: number): readonly Slot[] {
    while (this.#slots.length < Math.min(count, this.#threads)) this.#slots.push(transportSlot());
    return Array.from({ length: count }, (_, i) => this.#slots[i % this.#threads] as Slot);
  }
}

function objectOf(
  columns: readonly ExasolColumn[],
  row: ExasolRow,
): Readonly<Record<string, ExasolValue>> {
  return Object.fromEntries(columns.map(({ name }, i) => [name, row[i] as ExasolValue]));
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}
