import { type CallSite, captureCallSite, withCallerStack } from '../caller-stack.js';
import { ConfigurationError, MillraceError } from '../errors.js';
import type { Row } from '../result/row-assembler.js';
import type { ExecuteOptions } from './cursor-options.js';
import type { CursorColumn, LinkCursor, LinkResult } from './parallel-link.js';
import type { StatementArguments } from './placeholders.js';
import type { Transaction } from './transaction.js';

/**
 * A cursor over all shards: runs a statement on each as it stands, and gives the union of their rows, shard after shard.
 * Made by `ParallelConnection.cursor`; an object of its own, beside any others of its connection.
 */
export class ParallelCursor<R = Row> {
  /** Rows that `fetchmany()` gives. Default 1. */
  arraysize = 1;
  readonly #link: LinkCursor;
  readonly #transaction: Transaction;
  readonly #onClose: () => void;
  #result: LinkResult | undefined;
  #block: readonly Row[] = [];
  #at = 0;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** Use `ParallelConnection.cursor`. */
  constructor(link: LinkCursor, transaction: Transaction, onClose: () => void) {
    this.#link = link;
    this.#transaction = transaction;
    this.#onClose = onClose;
  }

  /** The columns of the last statement's rows; null before one, and for one without rows. */
  get description(): readonly CursorColumn[] | null {
    return this.#result?.columns ?? null;
  }

  /** Rows of the last statement, or rows that it changed, on all shards; -1 before one and where it is not known. */
  get rowcount(): number {
    return this.#result?.rowcount ?? -1;
  }

  get closed(): boolean {
    return this.#isClosed;
  }

  /**
   * Runs a statement on every shard. The first one begins the connection's transaction.
   *
   * @param args values of `%s` or `$1` in their order, or of `%(name)s` by name; without them percent signs mean nothing
   * @throws SqlError, ShardError naming the shard; the transaction has then failed on all shards until `rollback`
   */
  async execute(
    sql: string,
    args?: StatementArguments | null,
    options?: ExecuteOptions,
  ): Promise<void>;
  async execute(sql: string, ...args: readonly unknown[]): Promise<void> {
    await this.#inTurn(captureCallSite(this.execute), async () => {
      await this.#drop();
      this.#result = await this.#transaction.run(sql, await this.#link.prepare(sql, args));
    });
  }

  /** The next row; null after the last. */
  fetchone(): Promise<R | null> {
    return this.#inTurn(captureCallSite(this.fetchone), async () =>
      (await this.#fill()) ? (this.#block[this.#at++] as R) : null,
    );
  }

  /** The next rows, `size` at most (default `arraysize`); none after the last. */
  fetchmany(size: number = this.arraysize): Promise<R[]> {
    return this.#inTurn(captureCallSite(this.fetchmany), async () => {
      if (!Number.isInteger(size) || size < 0) {
        throw new ConfigurationError('fetchmany takes a whole number of rows');
      }
      const rows: Row[] = [];
      while (rows.length < size && (await this.#fill())) {
        const taken = this.#block.slice(this.#at, this.#at + size - rows.length);
        this.#at += taken.length;
        rows.push(...taken);
      }
      return rows as R[];
    });
  }

  /** All rows that have not been fetched yet. */
  fetchall(): Promise<R[]> {
    return this.#inTurn(captureCallSite(this.fetchall), async () => {
      const result = this.#rows();
      const first = this.#block.slice(this.#at);
      this.#block = [];
      this.#at = 0;
      const rest = await result.all();
      return (first.length === 0 ? rest : first.concat(rest)) as R[];
    });
  }

  /** A statement with its values written into it, quoted for the server. */
  mogrify(sql: string, args?: StatementArguments | null): Promise<string>;
  mogrify(sql: string, ...args: readonly unknown[]): Promise<string> {
    return this.#inTurn(captureCallSite(this.mogrify), () => this.#link.mogrify(sql, args));
  }

  /** Closes the cursor on every shard, not the connection. Closing it again does nothing. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.#inTurn(captureCallSite(this.close), async () => {
      this.#isClosed = true;
      await this.#drop();
      this.#result = undefined;
      this.#onClose();
      await this.#link.close();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The rows that have not been fetched yet. Leaving the loop leaves the rest for other calls. */
  async *[Symbol.asyncIterator](): AsyncGenerator<R, void, undefined> {
    for (let row = await this.fetchone(); row !== null; row = await this.fetchone()) yield row;
  }

  #rows(): LinkResult {
    if (this.#result?.columns) return this.#result;
    throw new ConfigurationError('No rows to fetch: execute a statement that has rows first');
  }

  /** Whether there is a row to give. */
  async #fill(): Promise<boolean> {
    const result = this.#rows();
    while (this.#at >= this.#block.length) {
      const block = await result.next();
      if (block === undefined) return false;
      this.#block = block;
      this.#at = 0;
    }
    return true;
  }

  async #drop(): Promise<void> {
    const result = this.#result;
    this.#result = undefined;
    this.#block = [];
    this.#at = 0;
    await result?.close();
  }

  /** Calls of a cursor run one after the other, also when nobody waits for them. */
  async #inTurn<T>(site: CallSite, work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      if (this.#isClosed) throw new ConfigurationError('The cursor is closed');
      return work();
    });
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } catch (error) {
      throw error instanceof MillraceError ? withCallerStack(error, site) : error;
    }
  }
}
