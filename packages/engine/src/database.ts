import type { Batch } from '@millrace/batch';
import { columnDecoder } from '@millrace/postgres';
import type { NamedDescription } from '@millrace/worker';
import { type CallRequest, readCall } from './call-request.js';
import type { BatchStream, QueryResult } from './call-result.js';
import { CallScope } from './call-scope.js';
import { type CallSite, captureCallSite, withCallerStack } from './caller-stack.js';
import { collectTexts } from './collect-texts.js';
import { StreamEnding } from './combine/stream-ending.js';
import { DatabaseSession } from './database-session.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import type { MissingShard } from './dispatch/execution-part.js';
import {
  CancelledError,
  ConfigurationError,
  MillraceError,
  ShardError,
  SqlError,
  UnsupportedError,
} from './errors.js';
import { type CallOptions, type Settings, serverAddress } from './options.js';
import { type Explanation, explainPlan, explainRefusal } from './plan/explain.js';
import type { Description } from './plan/plan-context.js';
import { Planner, type PlannerPorts } from './planner.js';
import { rehearsePlanning } from './rehearsal.js';
import { type ArrowTable, arrowTable } from './result/arrow-table.js';
import { iterateBatches } from './result/batch-cursor.js';
import { collectRows } from './result/collect-rows.js';
import { fieldsOf, resultOf } from './result/query-result.js';
import { readableError } from './result/readable-error.js';
import type { Statement } from './statement.js';
import { StatementOutputs } from './statement-outputs.js';
import { StatementRun } from './statement-run.js';
import type { RunOptions } from './statement-start.js';
import { type CheckReport, checkShards } from './topology/check.js';
import type { Shard } from './topology/shards.js';

/** Of what nobody can abort. */
const NEVER: AbortSignal = new AbortController().signal;

/** Many databases as one. Made by `connect`. */
export class Database {
  readonly #settings: Settings;
  readonly #dispatcher: Dispatcher;
  readonly #planner: Planner;
  #closing: Promise<void> | undefined;

  /** Use `connect`. */
  constructor(settings: Settings) {
    this.#settings = settings;
    const addresses = settings.shards.map(({ servers }) =>
      servers.map((server, number) => serverAddress(server, settings, { readOnly: number > 0 })),
    );
    const { staging } = settings;
    const stagingServer =
      typeof staging === 'object'
        ? { server: staging, address: serverAddress(staging, settings, { readOnly: false }) }
        : undefined;
    this.#dispatcher = new Dispatcher({
      ...settings,
      addresses,
      ...(stagingServer && { stagingServer }),
    });
    this.#planner = new Planner(settings);
  }

  /**
   * Opens a connection to every shard, and reads what planning needs of the first one.
   *
   * @throws ShardError naming the shard that cannot be reached
   */
  async open(): Promise<void> {
    const { shards, tables } = this.#settings;
    const plans = shards.length > 1 && tables.length > 0;
    const opened = this.#dispatcher.open();
    // While threads start there is nothing else to do here. What is wrong is said by the first statement that it concerns.
    const rehearsed = plans ? rehearsePlanning().catch(() => undefined) : undefined;
    await opened;
    if (!plans) return;
    await this.#planner.prepare(this.#ports(NEVER)).catch(() => undefined);
    await rehearsed;
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
      const { run, planMs } = await this.#run(request, scope, { keepsAll: true, startedAt });
      const { execution, columns, schema, builder } = run.statement;
      const rows = (await collectRows(execution, schema, builder)) as R[];
      const totalMs = performance.now() - startedAt;
      const stats = {
        planMs,
        totalMs,
        shards: run.stats(),
        operators: run.operators(),
        snapshotSpanMs: run.snapshotSpanMs,
      };
      const result = merged(resultOf(rows, execution.tags()), run);
      return { ...result, fields: fieldsOf(columns), missing: run.missing(), stats };
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
    const ending = new StreamEnding();
    const stream = this.#stream({ site, missing, ending }, sql, parameters, options);
    return ending.of(Object.assign(stream, { missing }));
  }

  /**
   * Not for callers: what `copyShards` stands on. Runs a statement whose shards' batches go to ports. Undefined, and nothing has
   * run, where its rows have to be merged.
   */
  async outputs(
    sql: string,
    parameters: readonly unknown[],
    options: CallOptions,
  ): Promise<StatementOutputs | undefined> {
    const site = captureCallSite(this.outputs);
    const scope = this.#open(site, options);
    try {
      const call = readCall(sql, parameters, options, this.#settings);
      // What is copied is all of it.
      const request = { ...call, shardErrors: 'fail' } as const;
      return await StatementOutputs.start(scope, async (outputs) => {
        const { plan } = await this.#planner.plan(request, this.#ports(scope.signal));
        if (plan.step.merge !== undefined) return undefined;
        const startedAt = performance.now();
        return (await this.#run(request, scope, { keepsAll: false, startedAt, outputs })).run;
      });
    } catch (error) {
      scope.close();
      throw error instanceof MillraceError ? withCallerStack(error, site) : error;
    }
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
      const { run } = await this.#run(request, scope, {
        keepsAll: true,
        startedAt: performance.now(),
      });
      const { execution, schema, toRows } = run.statement;
      const parts: Batch[][] = [];
      for await (const { batch, part } of iterateBatches(execution, schema, { toRows })) {
        parts[part] ??= [];
        parts[part]?.push(batch.retain());
      }
      const batches = parts.flatMap((part, index) => (execution.isMissing(index) ? [] : part));
      const missing = run.missing().map(({ shard }) => shard);
      return arrowTable(schema, batches, missing);
    });
  }

  /**
   * What a statement's plan is: its class, why its answer is right, and what each shard is asked. A statement that is not
   * answered has the class `refused`, and says why. `String(plan)` is the plan as text.
   *
   * @param options `analyze`: run it, too, and say what came of each step; the rest as for `query`
   * @throws SqlError, ConfigurationError; with `analyze` what `query` throws, but UnsupportedError
   */
  explain(
    sql: string,
    parameters: readonly unknown[] = [],
    { analyze = false, ...options }: CallOptions & { readonly analyze?: boolean } = {},
  ): Promise<Explanation> {
    const startedAt = performance.now();
    return this.#call(captureCallSite(this.explain), options, async (scope) => {
      const request = readCall(sql, parameters, options, this.#settings);
      const names = this.#settings.shards.map(({ name }) => name);
      try {
        if (!analyze)
          return explainPlan(await this.#planner.plan(request, this.#ports(scope.signal)), names);
        const { run, planMs } = await this.#run(request, scope, { keepsAll: true, startedAt });
        const { execution, schema, toRows } = run.statement;
        let rows = 0;
        for await (const { batch } of iterateBatches(execution, schema, { toRows }))
          rows += batch.rowCount;
        const total = { rows, planMs, totalMs: performance.now() - startedAt };
        return explainPlan(run.planned, names, { steps: run.actuals(), total });
      } catch (error) {
        if (error instanceof UnsupportedError) return explainRefusal(error);
        throw error;
      }
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

  /**
   * Looks whether the shards are what the engine takes them for: all reachable, with the same columns, types, collations and
   * settings; replicated tables equal everywhere; each key of a sharded table on one shard, the one that its rule says.
   * Reads the tables whole. Rows that are written meanwhile may look like a difference.
   *
   * @throws CancelledError, TimeoutError, ConfigurationError; what is wrong with a shard is in the report
   */
  check(options: Pick<CallOptions, 'signal' | 'timeoutMs'> = {}): Promise<CheckReport> {
    return this.#call(captureCallSite(this.check), options, async ({ signal }) => {
      const { shards, tables, unlisted } = this.#settings;
      const report = await checkShards({
        shards: shards.map(({ name, index }) => ({
          name,
          query: (sql) => this.#ask(index, sql, signal),
        })),
        tables,
        unlisted,
      });
      signal.throwIfAborted();
      return report;
    });
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
    { site, missing, ending }: { site: CallSite; missing: MissingShard[]; ending: StreamEnding },
    sql: string,
    parameters: readonly unknown[],
    options: CallOptions,
  ): AsyncGenerator<Batch, void, undefined> {
    const scope = this.#open(site, options);
    ending.scope = scope;
    let statement: Statement | undefined;
    try {
      const request = readCall(sql, parameters, options, this.#settings);
      const { run } = await this.#run(request, scope, {
        keepsAll: false,
        startedAt: performance.now(),
      });
      statement = run.statement;
      const { execution, schema, toRows } = statement;
      const shards = run.shardNames;
      const named = { toRows, ...(shards && { shards }) };
      for await (const { batch } of iterateBatches(execution, schema, named)) yield batch;
      missing.push(...run.missing());
    } catch (error) {
      throw error instanceof MillraceError ? withCallerStack(error, site) : error;
    } finally {
      scope.close();
      await statement?.stop();
    }
  }

  /** Plans a call and starts it. What no longer fits the database's tables is planned anew. */
  async #run(
    request: CallRequest,
    scope: CallScope,
    {
      startedAt,
      ...how
    }: Pick<RunOptions, 'keepsAll' | 'outputs'> & { readonly startedAt: number },
  ): Promise<{ readonly run: StatementRun; readonly planMs: number }> {
    const ports = this.#ports(scope.signal);
    const { shards } = this.#settings;
    const attempt = async (): Promise<{ readonly run: StatementRun; readonly planMs: number }> => {
      const planned = await this.#planner.plan(request, ports);
      const planMs = performance.now() - startedAt;
      const options = {
        dispatcher: this.#dispatcher,
        settings: this.#settings,
        shards,
        planned,
        request,
        scope,
        ...how,
      };
      return { run: await StatementRun.start(options), planMs };
    };
    try {
      return await attempt();
    } catch (error) {
      const stale = error instanceof SqlError || error instanceof ConfigurationError;
      if (!stale || !(await this.#planner.forget(startedAt))) throw error;
      return attempt();
    }
  }

  /** A statement of our own on one shard; its rows as texts. */
  async #ask(shard: number, sql: string, signal: AbortSignal): Promise<unknown[][]> {
    const step = { parts: [{ shard, sql }] };
    const more = { parameters: [], atOnce: true, losses: 'fail', onProgress: undefined } as const;
    return collectTexts(await this.#dispatcher.start({ step, ...more, signal }));
  }

  /** How the planner asks the first shard that answers. */
  #ports(signal: AbortSignal): PlannerPorts {
    const { shards } = this.#settings;
    const first = async <T>(ask: (shard: Shard) => Promise<T>): Promise<T> => {
      for (const shard of shards.slice(0, -1)) {
        try {
          return await ask(shard);
        } catch (error) {
          if (!(error instanceof ShardError) || this.#settings.shardErrors === 'fail') throw error;
        }
      }
      return ask(shards[shards.length - 1] as Shard);
    };
    return {
      query: (sql) => first(({ index }) => this.#ask(index, sql, signal)),
      describe: (statements) =>
        first(async (shard) =>
          (await this.#dispatcher.describe(shard, statements, signal)).map(described),
        ),
    };
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

/** What a server says of a statement, as the planner takes it. */
function described({ columns, parameterTypes }: NamedDescription): Description {
  return {
    parameterTypes,
    columns: columns.map((column) => ({
      ...column,
      isText: columnDecoder(column).type.kind === 'utf8',
    })),
  };
}

/** The shards' own counts are not those of the answer, where their rows were merged. */
function merged<R>(
  result: { rows: R[]; command: string; rowCount: number | null },
  { planned }: StatementRun,
): { rows: R[]; command: string; rowCount: number | null } {
  if (planned.plan.step.merge === undefined) return result;
  return { ...result, command: 'SELECT', rowCount: result.rows.length };
}
