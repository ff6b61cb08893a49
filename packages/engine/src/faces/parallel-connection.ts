import { availableParallelism } from 'node:os';
import { connect } from '../connect.js';
import { Database } from '../database.js';
import { ConfigurationError } from '../errors.js';
import type { ConnectOptions } from '../options.js';
import type { Row } from '../result/row-assembler.js';
import { type ConnectionLike, ConnectionObjects } from './connection-objects.js';
import { type ConnectorDsn, ConnectorLink } from './connector-link.js';
import type { CursorOptions } from './cursor-options.js';
import { EngineLink } from './engine-link.js';
import { ParallelCursor } from './parallel-cursor.js';
import type { ConnectionPool, ParallelLink } from './parallel-link.js';
import { Transaction } from './transaction.js';

export interface ParallelConnectionOptions {
  /** True: each statement commits by itself on each shard, and there is nothing to commit. Default false. */
  readonly autocommit?: boolean;
}

/** Options of `connect`, and those of the connection. */
export interface ParallelConnectOptions
  extends Omit<ConnectOptions, 'shards'>,
    ParallelConnectionOptions {}

/** Options for databases of other kinds than PostgreSQL. */
export interface ConnectorOptions {
  /**
   * URL of a module whose default export connects: `(dsn) => Promise<ConnectorConnection>`. Every thread imports it;
   * connections live in threads, several in one where there are more databases than threads.
   */
  readonly connector: string | URL;
  /** Worker threads. Default: the machine's cores, at most one a database. */
  readonly threads?: number;
}

/**
 * Many database connections as one, in the manner of Python's DB-API: a cursor's `execute` runs the statement on each in
 * parallel as it stands, and its rows are the union. A transaction begins with the first `execute` and ends on every
 * shard by `commit` or `rollback`.
 *
 * ```ts
 * await using pdb = await ParallelConnection.connect(urls);
 * const c = pdb.cursor();
 * await c.execute('select * from flights where origin = %s', ['BGR']);
 * for await (const row of c) …
 * ```
 */
export class ParallelConnection {
  readonly #link: ParallelLink;
  readonly #transaction: Transaction;
  readonly #cursors = new Set<ParallelCursor<never>>();
  /** What was connected for this connection alone. */
  #owned: Database | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Connects to PostgreSQL servers, or by a connector module to databases of other kinds. Closing the connection closes all
   * that was opened.
   *
   * @param dsns the shards' URLs, as in `connect({ shards })`; for a connector whatever it takes
   * @throws ConfigurationError, ShardError as `connect`
   */
  static async connect(
    dsns: ConnectOptions['shards'],
    options?: ParallelConnectOptions,
  ): Promise<ParallelConnection>;
  static async connect(
    dsns: readonly ConnectorDsn[],
    options: ConnectorOptions,
  ): Promise<ParallelConnection>;
  static async connect(
    dsns: ConnectOptions['shards'] | readonly ConnectorDsn[],
    options: ParallelConnectOptions | ConnectorOptions = {},
  ): Promise<ParallelConnection> {
    if ('connector' in options) {
      const { connector, threads = availableParallelism() } = options;
      const link = await ConnectorLink.open({ dsns: dsns as ConnectorDsn[], connector, threads });
      return new ParallelConnection(link);
    }
    const { autocommit = false, ...rest } = options;
    const database = await connect({ ...rest, shards: dsns as ConnectOptions['shards'] });
    const connection = new ParallelConnection(database, { autocommit });
    connection.#owned = database;
    return connection;
  }

  /**
   * A connection over a database, which stays open when it is closed; or over objects that are connections themselves,
   * which are used from this thread.
   */
  constructor(
    over: Database | readonly ConnectionLike[] | ConnectorLink,
    { autocommit = false }: ParallelConnectionOptions = {},
  ) {
    if (over instanceof ConnectorLink) this.#link = over;
    else if (over instanceof Database) this.#link = new EngineLink(over, autocommit);
    else this.#link = new ConnectionObjects(over, autocommit);
    this.#transaction = new Transaction(this.#link);
  }

  /** A new cursor. Connection objects get the arguments as they are. */
  cursor(
    options: CursorOptions & { readonly rowFactory: 'dict' },
  ): ParallelCursor<Record<string, unknown>>;
  cursor(options?: CursorOptions): ParallelCursor<unknown[]>;
  cursor<R = Row>(...args: readonly unknown[]): ParallelCursor<R>;
  cursor(...args: readonly unknown[]): ParallelCursor<never> {
    this.#checkOpen();
    const cursor: ParallelCursor<never> = new ParallelCursor<never>(
      this.#link.cursor(args),
      this.#transaction,
      () => this.#cursors.delete(cursor),
    );
    this.#cursors.add(cursor);
    return cursor;
  }

  /**
   * Commits on every shard. There is no two-phase commit: shards commit at the same time, each for itself.
   *
   * @throws CommitError naming the shards that have committed, those that have not, and those of which it is not known
   * @throws SqlError 25P02 when the transaction has failed: nothing is committed
   */
  async commit(): Promise<void> {
    this.#checkOpen();
    await this.#transaction.commit();
  }

  /** Rolls back on every shard. After a lost connection the next statement has new ones, on every shard. */
  async rollback(): Promise<void> {
    this.#checkOpen();
    await this.#transaction.rollback();
  }

  /**
   * Gives each connection object back to its pool: `pools[i].putconn(connections[i])`. The connection cannot be used
   * afterwards.
   *
   * @throws ShardError naming the first that its pool did not take; the others have been given back
   */
  async putconn(pools: readonly ConnectionPool[]): Promise<void> {
    this.#checkOpen();
    await this.#link.putconn(pools);
    this.#closing = Promise.resolve();
  }

  /** Rolls back what was not committed, and closes all cursors and connections. Closing it again does nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#link.interrupt?.();
    await Promise.allSettled([...this.#cursors].map((cursor) => cursor.close()));
    await this.#link.close();
    await this.#owned?.close();
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new ConfigurationError('The connection is closed');
  }
}
