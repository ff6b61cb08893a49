import type { Batch, Schema } from '@millrace/batch';
import {
  type ColumnDescription,
  columnDecoder,
  encodeParameter,
  type ServerAddress,
  type WireParameter,
} from '@millrace/postgres';
import { CallScope } from './call-scope.js';
import { type CallSite, captureCallSite, withCallerStack } from './caller-stack.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import type { Execution, ShardStats } from './dispatch/execution.js';
import { CancelledError, ConfigurationError, MillraceError, SqlError } from './errors.js';
import { type CallOptions, readTypes, type Settings } from './options.js';
import type { DistributedPlan } from './plan/distributed-plan.js';
import { planStatement } from './plan/plan-statement.js';
import { type ArrowTable, arrowTable } from './result/arrow-table.js';
import { iterateBatches } from './result/batch-cursor.js';
import { collectRows } from './result/collect-rows.js';
import { type FieldDescription, fieldsOf, resultOf } from './result/query-result.js';
import { RowBuilder } from './result/row-builder.js';

/** A statement's rows, in the shape that `pg` gives. */
export interface QueryResult<R = Record<string, unknown>> {
  readonly rows: R[];
  readonly fields: FieldDescription[];
  /** Rows of the result, or rows that the command changed; null for a command that counts none. */
  readonly rowCount: number | null;
  /** `SELECT`, `INSERT`, … */
  readonly command: string;
  readonly stats: QueryStats;
}

/** How the time was spent, in milliseconds. */
export interface QueryStats {
  /** From the call to the statement being sent. */
  readonly planMs: number;
  readonly totalMs: number;
  /** In shard order. */
  readonly shards: readonly ShardStats[];
}

interface Started {
  readonly plan: DistributedPlan;
  readonly execution: Execution;
  readonly columns: readonly ColumnDescription[];
  readonly schema: Schema;
  readonly builder: RowBuilder;
  readonly planMs: number;
}

/** Many databases as one. Made by `connect`. */
export class Database {
  readonly #settings: Settings;
  readonly #dispatcher: Dispatcher;
  #closing: Promise<void> | undefined;

  /** Use `connect`. */
  constructor(settings: Settings) {
    this.#settings = settings;
    this.#dispatcher = new Dispatcher({
      ...settings,
      addresses: settings.shards.map(({ url }) => addressOf(url, settings)),
    });
  }

  /**
   * Opens a connection to every shard.
   *
   * @throws ShardError naming the shard that cannot be reached
   */
  open(): Promise<void> {
    return this.#dispatcher.open();
  }

  /**
   * Runs a statement and returns all its rows, as `pg` does: `const { rows } = await db.query('select $1', [1])`.
   *
   * @param parameters values of `$1`, `$2`, …, converted as `pg` converts them
   * @throws SqlError, UnsupportedError, ShardError, CancelledError, TimeoutError, ConfigurationError
   */
  query<R = Record<string, unknown>>(
    sql: string,
    parameters: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<QueryResult<R>> {
    const site = captureCallSite(this.query);
    return this.#call(site, options, async (scope) => {
      const startedAt = performance.now();
      const { execution, columns, schema, builder, planMs } = await this.#start(
        sql,
        parameters,
        options,
        scope,
      );
      const rows = await collectRows(execution, schema, builder);
      const stats = { planMs, totalMs: performance.now() - startedAt, shards: execution.stats() };
      return { ...resultOf(rows as R[], execution.tags()), fields: fieldsOf(columns), stats };
    });
  }

  /**
   * Runs a statement and yields its batches as they arrive, in fixed memory however many rows there are. A batch is valid
   * until the next iteration unless `batch.retain()` was called. Leaving the loop cancels the statement on every shard.
   *
   * @throws what `query` throws, at the iteration that meets it
   */
  stream(
    sql: string,
    parameters: readonly unknown[] = [],
    options: CallOptions = {},
  ): AsyncGenerator<Batch, void, undefined> {
    return this.#stream(captureCallSite(this.stream), sql, parameters, options);
  }

  async *#stream(
    site: CallSite,
    sql: string,
    parameters: readonly unknown[],
    options: CallOptions,
  ): AsyncGenerator<Batch, void, undefined> {
    const scope = this.#open(site, options);
    let execution: Execution | undefined;
    try {
      const started = await this.#start(sql, parameters, options, scope);
      execution = started.execution;
      const shards = started.plan.parts.map(
        ({ shard }) => this.#settings.shards[shard]?.name ?? '',
      );
      const toRows = (batch: Batch): Record<string, unknown>[] =>
        started.builder.rows(batch) as Record<string, unknown>[];
      yield* iterateBatches(execution, { schema: started.schema, shards, toRows });
    } catch (error) {
      throw error instanceof MillraceError ? withCallerStack(error, site) : error;
    } finally {
      scope.close();
      if (execution !== undefined) await stop(execution);
    }
  }

  /**
   * Runs a statement and returns its rows as an Arrow table over the same memory. Needs the package `apache-arrow`.
   *
   * @throws what `query` throws; UnsupportedError for values that Arrow has no room for (NaN in a numeric, infinite dates)
   */
  async arrow(
    sql: string,
    parameters: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<ArrowTable> {
    const site = captureCallSite(this.arrow);
    return this.#call(site, options, async (scope) => {
      const { execution, schema, plan } = await this.#start(sql, parameters, options, scope);
      const parts: Batch[][] = plan.parts.map(() => []);
      const shards = plan.parts.map((_, part) => String(part));
      const toRows = (): never[] => [];
      for await (const batch of iterateBatches(execution, { schema, shards, toRows })) {
        parts[Number(batch.shard)]?.push(batch.retain());
      }
      return arrowTable(schema, parts.flat());
    });
  }

  /** Cancels what is under way and closes all connections and threads: the process can end by itself. */
  close(): Promise<void> {
    this.#closing ??= this.#dispatcher.close(new CancelledError('The database was closed'));
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Runs one call to its end: whatever happens, nothing of it is left under way. */
  async #call<T>(
    site: CallSite,
    options: CallOptions,
    body: (scope: CallScope) => Promise<T>,
  ): Promise<T> {
    const scope = this.#open(site, options);
    try {
      return await body(scope);
    } catch (error) {
      // An error of ours after the statement began (a value that cannot be shown, say) must stop it too.
      scope.end(error as Error);
      throw error instanceof MillraceError ? withCallerStack(error, site) : error;
    } finally {
      scope.close();
    }
  }

  #open(site: CallSite, options: CallOptions): CallScope {
    if (this.#closing !== undefined)
      throw withCallerStack(new ConfigurationError('The database is closed'), site);
    return new CallScope(options);
  }

  async #start(
    sql: string,
    parameters: readonly unknown[],
    options: CallOptions,
    scope: CallScope,
  ): Promise<Started> {
    const startedAt = performance.now();
    checkCall(sql, parameters, options);
    const types = { ...this.#settings.types, ...readTypes(options.types) };
    const wireParameters = parameters.map(encodeOne);
    const { mode = 'one-database', onProgress, rowMode = 'object' } = options;
    const plan = planStatement({ sql, mode, shardCount: this.#settings.shards.length });
    const planMs = performance.now() - startedAt;
    const execution = await this.#dispatcher.start({
      plan,
      parameters: wireParameters,
      signal: scope.signal,
      onProgress: onProgress && reportTo(onProgress, scope),
    });
    const columns = await execution.columns();
    const schema = {
      fields: columns.map((column) => ({ name: column.name, type: columnDecoder(column).type })),
    };
    return {
      plan,
      execution,
      columns,
      schema,
      builder: new RowBuilder(columns, { rowMode, types }),
      planMs,
    };
  }
}

function addressOf(url: string, settings: Settings): ServerAddress {
  const { applicationName, connectTimeoutMs, readBytes, ssl, statementTimeoutMs } = settings;
  const session = {
    ...settings.session,
    ...(statementTimeoutMs > 0 && { statement_timeout: String(statementTimeoutMs) }),
  };
  return {
    url,
    applicationName,
    connectTimeoutMs,
    readBytes,
    session,
    ...(ssl !== undefined && { ssl }),
  };
}

function checkCall(sql: unknown, parameters: unknown, { mode, rowMode }: CallOptions): void {
  if (typeof sql !== 'string') throw new ConfigurationError('the statement must be a text');
  if (!Array.isArray(parameters))
    throw new ConfigurationError('parameters must be a list: db.query(sql, [value, …])');
  if (mode !== undefined && mode !== 'one-database' && mode !== 'union') {
    throw new ConfigurationError("'mode' must be 'one-database' or 'union'");
  }
  if (rowMode !== undefined && rowMode !== 'object' && rowMode !== 'array') {
    throw new ConfigurationError("'rowMode' must be 'object' or 'array'");
  }
  if (sql.includes('\0'))
    throw new SqlError({ message: 'The statement contains a zero character', code: '22021' });
}

function encodeOne(value: unknown, index: number): WireParameter {
  try {
    return encodeParameter(value);
  } catch (cause) {
    const message = `Parameter $${index + 1} cannot be sent: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new SqlError({ message, code: 'MILLRACE_PARAMETER' }, { cause });
  }
}

/** What a caller's own callback throws ends the call. */
function reportTo(onProgress: NonNullable<CallOptions['onProgress']>, scope: CallScope) {
  return (shard: { readonly name: string }, rows: number, bytes: number, done: boolean): void => {
    try {
      onProgress({ shard: shard.name, rows, bytes, done });
    } catch (error) {
      scope.end(error as Error);
    }
  };
}

/** Ends what a stream has left: its shards are free again when this settles, or soon after. */
async function stop(execution: Execution): Promise<void> {
  execution.fail(new CancelledError('The stream was left before its end'));
  await execution.stopped();
}
