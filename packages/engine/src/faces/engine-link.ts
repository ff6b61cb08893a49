/** A `ParallelConnection` over shards by URL: one session of the engine. */
import { sqlLiteral, type TypeChoices } from '@millrace/postgres';
import type { Database } from '../database.js';
import type { DatabaseSession } from '../database-session.js';
import { ConfigurationError, SqlError } from '../errors.js';
import type { CallOptions } from '../options.js';
import { keptResult, StreamedResult } from './engine-result.js';
import type { LinkCursor, LinkResult, ParallelLink } from './parallel-link.js';
import { bindPlaceholders, type StatementArguments, writeValues } from './placeholders.js';

/** How a cursor gives its rows. */
export interface CursorOptions {
  /** `'tuple'` (default): arrays; `'dict'`: objects by the columns' names. */
  readonly rowFactory?: 'tuple' | 'dict';
  /**
   * False (default): `execute` runs the statement to its end on every shard, and its rows wait as columns in memory. True:
   * `execute` returns when all shards have begun, rows come in the order in which they arrive and take fixed memory, and
   * an error on the way is thrown where the rows are fetched. No other statement runs on the connection meanwhile.
   */
  readonly stream?: boolean;
  /** JavaScript values that differ from the connection's. */
  readonly types?: TypeChoices;
}

/** One statement's wishes. */
export type ExecuteOptions = Pick<CallOptions, 'signal' | 'timeoutMs'>;

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

const KNOWN: { readonly [key in keyof Required<CursorOptions>]: true } = {
  rowFactory: true,
  stream: true,
  types: true,
};

function readCursorOptions(options: unknown): CursorOptions {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError("cursor takes an object: cursor({ rowFactory: 'dict' })");
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(KNOWN, name));
  if (unknown !== undefined) {
    const known = Object.keys(KNOWN).join(', ');
    throw new ConfigurationError(`'${unknown}' is not an option of cursor. There are: ${known}`);
  }
  const { rowFactory = 'tuple', stream = false } = options as CursorOptions;
  if (rowFactory !== 'tuple' && rowFactory !== 'dict') {
    throw new ConfigurationError("'rowFactory' must be 'tuple' or 'dict'");
  }
  if (typeof stream !== 'boolean') throw new ConfigurationError("'stream' must be true or false");
  return options;
}

function checkText(sql: unknown): string {
  if (typeof sql === 'string') return sql;
  throw new ConfigurationError('the statement must be a text: cursor.execute(sql, [value, …])');
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
