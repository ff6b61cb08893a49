/** A `ParallelConnection` over shards by URL: one session of the engine. */
import { sqlLiteral } from '@millrace/postgres';
import type { Database } from '../database.js';
import type { DatabaseSession } from '../database-session.js';
import { ConfigurationError, SqlError } from '../errors.js';
import { checkText, readCursorOptions, readExecuteOptions } from './cursor-options.js';
import { keptResult, StreamedResult } from './engine-result.js';
import type { LinkCursor, ParallelLink } from './parallel-link.js';
import { bindPlaceholders, type StatementArguments, writeValues } from './placeholders.js';

export class EngineLink implements ParallelLink {
  readonly autocommit: boolean;
  readonly #session: DatabaseSession;

  constructor(database: Database, autocommit: boolean) {
    this.#session = database.session();
    this.autocommit = autocommit;
  }

  cursor([options = {}]: readonly unknown[]): LinkCursor {
    const { rowFactory, stream, types } = readCursorOptions(options);
    const rowMode = rowFactory === 'dict' ? 'object' : 'array';
    return {
      prepare: async (sql, [args, call = {}]) => {
        const options = { ...readExecuteOptions(call), rowMode, ...(types && { types }) } as const;
        const bound = bindPlaceholders(checkText(sql), args as StatementArguments);
        const checked = this.#session.read(bound.sql, bound.values, options);
        return async () => {
          const started = await this.#session.start(checked, !this.autocommit);
          return stream ? new StreamedResult(started) : keptResult(started);
        };
      },
      mogrify: async (sql, [args]) =>
        writeValues(checkText(sql), args as StatementArguments, literal),
      close: () => Promise.resolve(),
    };
  }

  commit(): Promise<void> {
    return this.#session.commit();
  }

  rollback(): Promise<void> {
    return this.#session.rollback();
  }

  async putconn(): Promise<void> {
    throw new ConfigurationError(
      'putconn(pools) is for connection objects: the connections of a Database go back by close()',
    );
  }

  interrupt(): void {
    this.#session.interrupt();
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

function literal(value: unknown): string {
  try {
    return sqlLiteral(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `A value cannot be written as SQL: ${reason}`;
    throw new SqlError({ message, code: 'MILLRACE_PARAMETER' }, { cause });
  }
}
