/** A `ParallelConnection` over shards by URL: one session of the engine. */
import { sqlLiteral } from '@millrace/postgres';
import type { Database } from '../database.js';
import type { DatabaseSession } from '../database-session.js';
import { ConfigurationError, SqlError } from '../errors.js';
import type { CallOptions } from '../options.js';
import { checkText, type ExecuteOptions, readCursorOptions } from './cursor-options.js';
import { keptResult, StreamedResult } from './engine-result.js';
import type { LinkCursor, LinkResult, ParallelLink } from './parallel-link.js';
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
      execute: (sql, [args, call = {}]) =>
        this.#execute(
          sql,
          args as StatementArguments,
          { ...(call as ExecuteOptions), rowMode, ...(types && { types }) },
          stream === true,
        ),
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

  async #execute(
    sql: string,
    args: StatementArguments,
    options: CallOptions,
    stream: boolean,
  ): Promise<LinkResult> {
    const { sql: text, values } = bindPlaceholders(checkText(sql), args);
    const begin = !this.autocommit;
    const call = await this.#session.start({ sql: text, parameters: values, options, begin });
    return stream ? new StreamedResult(call) : keptResult(call);
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
