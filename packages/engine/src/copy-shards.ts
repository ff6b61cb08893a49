/** Rows of PostgreSQL's shards into a table of Exasol, from thread to thread. */
import type { TableName } from '@millrace/exasol';
import { Database } from './database.js';
import { ConfigurationError } from './errors.js';
import { ExasolConnection } from './exasol/exasol-connection.js';
import type { ImportParallelOptions } from './exasol/import-parallel.js';
import type { StreamResult, TransferResult } from './exasol/transfer.js';
import type { CallOptions } from './options.js';

/** Options of the statement that gives the rows. */
export type CopyFromOptions = Pick<CallOptions, 'mode'>;

/** Options of the IMPORT, and of the whole. A `workers` only counts where rows are merged first: otherwise each shard has a stream. */
export type CopyIntoOptions = Omit<ImportParallelOptions, 'into' | 'from' | 'format' | 'skip'>;

/** What a copy has moved. */
export interface CopyResult extends TransferResult {
  readonly workers: readonly (StreamResult & {
    /** The shard that the rows came from; undefined where they were merged. */
    readonly shard: string | undefined;
  })[];
}

/** A statement whose rows are to be copied. */
export interface ShardCopy {
  /**
   * Runs the statement and an IMPORT at once. All rows are committed (unless autocommit is off), or none.
   *
   * @throws SqlError, UnsupportedError, ShardError when the statement cannot begin; then ExasolTransferError, whose cause is what befell
   *   a shard, Exasol or a tunnel; ExasolOptionError, CancelledError, TimeoutError
   */
  into(exa: ExasolConnection, table: TableName, options?: CopyIntoOptions): Promise<CopyResult>;
}

/**
 * Copies what a statement gives: `await copyShards(db, 'select * from flights').into(exa, 'retail.flights')`.
 *
 * Where the plan leaves each row on its shard, each shard's thread sends its batches to the thread of a tunnel of its own, which writes
 * them as CSV: the caller's thread sees none of them. A statement whose rows have to be merged is merged first, and its rows are
 * spread over the streams. Rows are those that one database would give, as for `db.query`; with `mode: 'union'` every shard is asked.
 *
 * @param parameters values of `$1`, `$2`, …
 */
export function copyShards(
  db: Database,
  sql: string,
  parameters: readonly unknown[] = [],
  { mode }: CopyFromOptions = {},
): ShardCopy {
  if (!(db instanceof Database)) throw new ConfigurationError('copyShards(db, …) takes a Database');
  return {
    into: async (exa, table, options = {}) => {
      if (!(exa instanceof ExasolConnection)) {
        throw new ConfigurationError('into(exa, …) takes what connectExasol gives');
      }
      const { signal, timeoutMs } = options;
      const call = {
        ...(mode !== undefined && { mode }),
        ...(signal !== undefined && { signal }),
        ...(timeoutMs !== undefined && { timeoutMs }),
      };
      const outputs = await db.outputs(sql, parameters, call);
      if (outputs === undefined) {
        const from = db.stream(sql, parameters, call);
        return named(await exa.importParallel({ ...options, into: table, from }), []);
      }
      const { workers: _, ...rest } = options;
      try {
        const result = await exa.importParallel({ ...rest, into: table, from: outputs });
        return named(result, outputs.shards);
      } finally {
        await outputs.close();
      }
    },
  };
}

function named(result: TransferResult, shards: readonly string[]): CopyResult {
  return { ...result, workers: result.workers.map((one, i) => ({ ...one, shard: shards[i] })) };
}
