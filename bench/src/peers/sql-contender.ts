import type { SqlQuery } from '../dataset/sql-queries.js';

/** Where the rows are: three times the same. */
export interface SqlTarget {
  /** One connection string a shard. */
  readonly shards: readonly string[];
  /** The server that has all rows. */
  readonly single: string;
  /** The server whose partitions are the shards' tables. */
  readonly coordinator: string;
}

/** One row, as the values that `pg` gives. */
export type SqlRow = readonly unknown[];

/** What an answer took, where the contender says so. */
export interface SqlDetails {
  readonly planMs?: number;
  /** Time that merging took in its thread. */
  readonly mergeMs?: number;
  /** Rows that each shard sent. */
  readonly shardRows?: readonly number[];
}

/** The answer to a statement. Of floors only the number of rows is known. */
export interface SqlAnswer {
  readonly rows: readonly SqlRow[];
  readonly rowCount: number;
  readonly details?: SqlDetails;
}

/** A contender that is connected and has answered one statement. */
export interface SqlSession {
  answer(query: SqlQuery): Promise<SqlAnswer>;
  close(): Promise<void>;
}

/** One way to the answer of a statement over all rows. Each is a module that exports `contender`. */
export interface SqlContender {
  open(target: SqlTarget): Promise<SqlSession>;
}
