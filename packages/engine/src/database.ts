import type { Batch } from '@millrace/batch';
import { type CallRequest, readCall } from './call-request.js';
import { CallScope } from './call-scope.js';
import { type CallSite, captureCallSite, withCallerStack } from './caller-stack.js';
import { DatabaseSession } from './database-session.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import type { MissingShard, ShardStats } from './dispatch/execution-part.js';
import { CancelledError, ConfigurationError, MillraceError } from './errors.js';
import { type CallOptions, type Settings, serverAddress } from './options.js';
import type { DistributedPlan } from './plan/distributed-plan.js';
import { planStatement } from './plan/plan-statement.js';
import { type ArrowTable, arrowTable } from './result/arrow-table.js';
import { iterateBatches } from './result/batch-cursor.js';
import { collectRows } from './result/collect-rows.js';
import { type FieldDescription, fieldsOf, resultOf } from './result/query-result.js';
import { readableError } from './result/readable-error.js';
import { Statement } from './statement.js';

/** A statement's rows, in the shape that `pg` gives. */
export interface QueryResult<R = Record<string, unknown>> {
  readonly rows: R[];
  readonly fields: FieldDescription[];
  /** Rows of the result, or rows that the command changed; null for a command that counts none. */
  readonly rowCount: number | null;
  /** `SELECT`, `INSERT`, … */
  readonly command: string;
  /** Shards that were lost and whose rows are not among these; only with `shardErrors: 'skip'`. */
  readonly missing: readonly MissingShard[];
  readonly stats: QueryStats;
}

/** Batches as they arrive, and what is missing among them. */
export interface BatchStream extends AsyncGenerator<Batch, void, undefined> {
  /** Shards that were lost before their first batch; only with `shardErrors: 'skip'`. Complete when the stream has ended. */
  readonly missing: readonly MissingShard[];
}

/** How the time was spent, in milliseconds. */
export interface QueryStats {
  /** From the call to the plan. */
  readonly planMs: number;
  readonly totalMs: number;
  /** In shard order. */
  readonly shards: readonly ShardStats[];
}

/** Many databases as one. Made by `connect`. */
export class Database {
  readonly #settings: Settings;
  readonly #dispatcher: Dispatcher;
  #closing: Promise<void> | undefined;

  /** Use `connect`. */
  constructor(settings: Settings) {
    this.#settings = settings;
    const addresses = settings.shards.map(({ servers }) =>
      servers.map((server, number) => serverAddress(server, settings, { readOnly: number > 0 })),
    );
    this.#dispatcher = new Dispatcher({ ...settings, addresses });
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
    const startedAt = performance.now();
    return this.#call(captureCallSite(this.query), options, async (scope) => {
      const request = readCall(sql, parameters, options, this.#settings);
      const plan = this.#plan(request);
      const planMs = performance.now() - startedAt;
      const statement = await Statement.start(this.#dispatcher, {
        plan,
        request,
        scope,
        keepsAll: true,
      });
      const { execution, columns, schema, builder } = statement;
      const rows = (await collectRows(execution, schema, builder)) as R[];
      const totalMs = performance.now() - startedAt;
      const stats = { planMs, totalMs, shards: execution.stats() };
      const missing = execution.missing();
      return { ...resultOf(rows, execution.tags()), fields: fieldsOf(columns), missing, stats };
    });
  }

  /**
   * Runs a statement and yields its batches as they arrive, in fixed memory however many rows there are. A batch is valid
   * until the next iteration unless `batch.retain()` was called. Leaving the loop cancels the statement on every shard.
   * With `shardErrors: 'skip'`, what is missing is listed in `missing` of the stream.
   *
   * @throws what `query` throws, at the iteration that meets it
   */
  stream(sql: string, parameters: readonly unknown[] = [], options: CallOptions = {}): BatchStream {
    const missing: MissingShard[] = [];
    const site = captureCallSite(this.stream);
    return Object.assign(this.#stream({ site, missing }, sql, parameters, options), { missing });
  }

  /**
   * Runs a statement and returns its rows as an Arrow table over the same memory. Needs the package `apache-arrow`. With
   * `shardErrors: 'skip'`, the names of missing shards are in the schema's metadata, as JSON under `millrace.missing`.
   *
   * @throws what `query` throws; UnsupportedError for values that Arrow has no room for (NaN in a numeric, infinite dates)
   */
  arrow(
    sql: string,
    parameters: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<ArrowTable> {
    return this.#call(captureCallSite(this.arrow), options, async (scope) => {
      const request = readCall(sql, parameters, options, this.#settings);
      const plan = this.#plan(request);
      const statement = await Statement.start(this.#dispatcher, {
        plan,
        request,
        scope,
        keepsAll: true,
      });
      const { execution, schema, toRows } = statement;
      const parts: Batch[][] = plan.parts.map(() => []);
      for await (const { batch, part } of iterateBatches(execution, schema, { toRows })) {
        parts[part]?.push(batch.retain());
      }
      const batches = parts.flatMap((part, index) => (execution.isMissing(index) ? [] : part));
      const missing = execution.missing().map(({ shard }) => shard);
      return arrowTable(schema, batches, missing);
    });
  }

  /**
   * A session: one connection to each shard, kept from statement to statement. It is what `ParallelConnection` stands on;
   * use that. It has a place on every shard (`connectionsPerShard`) from its first statement until it is closed.
   */
  session(): DatabaseSession {
    if (this.#closing !== undefined) throw new ConfigurationError('The database is closed');
    return new DatabaseSession(this.#dispatcher, this.#settings);
  }

  /** Cancels what is under way and closes all connections and threads: the process can end by itself. */
  close(): Promise<void> {
    this.#closing ??= this.#dispatcher.close(() => new CancelledError('The database was closed'));
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *#stream(
    { site, missing }: { site: CallSite; missing: MissingShard[] },
    sql: string,
    parameters: readonly unknown[],
    options: CallOptions,
  ): AsyncGenerator<Batch, void, undefined> {
    const scope = this.#open(site, options);
    let statement: Statement | undefined;
    try {
      const request = readCall(sql, parameters, options, this.#settings);
      const plan = this.#plan(request);
      const keepsAll = false;
      statement = await Statement.start(this.#dispatcher, { plan, request, scope, keepsAll });
      const { execution, schema, toRows } = statement;
      const shards = plan.parts.map(({ shard }) => this.#settings.shards[shard]?.name ?? '');
      for await (const { batch } of iterateBatches(execution, schema, { toRows, shards }))
        yield batch;
      missing.push(...execution.missing());
    } catch (error) {
      throw error instanceof MillraceError ? withCallerStack(error, site) : error;
    } finally {
      scope.close();
      await statement?.stop();
    }
  }

  #plan({ sql, mode }: CallRequest): DistributedPlan {
    return planStatement({ sql, mode, shardCount: this.#settings.shards.length });
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
    } catch (reason) {
      const error = readableError(reason);
      // An error of ours after the statement began (a value that cannot be shown, say) must stop it too.
      scope.end(error as Error);
      throw error instanceof MillraceError ? withCallerStack(error, site) : error;
    } finally {
      scope.close();
    }
  }

  #open(site: CallSite, options: CallOptions): CallScope {
    if (this.#closing === undefined) return new CallScope(options);
    throw withCallerStack(new ConfigurationError('The database is closed'), site);
  }
}
