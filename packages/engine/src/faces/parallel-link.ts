/** What stands behind a `ParallelConnection`: shards by URL, connection objects, or a connector module. */
import type { Row } from '../result/row-assembler.js';

/** A column of a result. */
export interface CursorColumn {
  readonly name: string;
  /** OID of its type, from PostgreSQL. */
  readonly dataTypeID?: number;
  readonly dataTypeModifier?: number;
}

/** What a statement has answered. */
export interface LinkResult {
  /** Null for a statement without rows. */
  readonly columns: readonly CursorColumn[] | null;
  /** Rows of the result, or rows that the statement changed, on all shards; -1 where that is not known (yet). */
  readonly rowcount: number;
  /** The next rows, some at a time; undefined after the last. */
  next(): Promise<Row[] | undefined>;
  /** All rows that are left. */
  all(): Promise<Row[]>;
  /** Where rows are read while the statement runs: told once when it is over, and whether it has failed. */
  onOver?: (failed: boolean) => void;
  readonly isRunning?: boolean;
  /** Gives up what is left. */
  close(): Promise<void>;
}

/** One cursor of the connection: on every shard the same. */
export interface LinkCursor {
  /**
   * Checks a statement and its arguments; the function that it gives then runs it. That one throws what a shard says, when
   * all shards have ended.
   */
  prepare(sql: string, args: readonly unknown[]): Promise<() => Promise<LinkResult>>;
  mogrify(sql: string, args: readonly unknown[]): Promise<string>;
  close(): Promise<void>;
}

export interface ParallelLink {
  /** Whether statements run outside of transactions, each for itself. */
  readonly autocommit: boolean;
  /** @param args what the caller gave to `cursor` */
  cursor(args: readonly unknown[]): LinkCursor;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  putconn(pools: readonly ConnectionPool[]): Promise<void>;
  /** Cancels what is under way, where that can be done, for the connection closes. */
  interrupt?(): void;
  close(): Promise<void>;
}

/** A pool that a connection object came from. */
export interface ConnectionPool {
  putconn(connection: never): unknown;
}
