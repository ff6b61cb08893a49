/** Plans statements, and remembers plans and what they rest on: the catalog of a shard. */

import type { CallRequest } from './call-request.js';
import { SqlError } from './errors.js';
import type { Settings } from './options.js';
import type { StatementPlan } from './plan/distributed-plan.js';
import { type PlanRequest, planSingle, planStatement, planUnion } from './plan/plan-statement.js';
import { splitOfTable, type TableSplit } from './plan/table-split.js';
import { rehearsalSql } from './server-rehearsal.js';
import { loadGrammar } from './sql/parse.js';
import type { CatalogQuery } from './topology/ask-json.js';
import type { Catalog } from './topology/catalog.js';
import { estimateRows, readColumnStatistics } from './topology/column-statistics.js';
import { readCatalog } from './topology/read-catalog.js';
import { bindTables, type TableMap } from './topology/table-map.js';

/** How the planner asks a server. */
export interface PlannerPorts {
  readonly query: CatalogQuery;
  /**
   * Several statements in one round trip.
   *
   * @throws SqlError for the first that is wrong
   */
  readonly describe: PlanRequest['describe'];
}

/** A catalog, and what the caller said of its tables. */
interface Knowledge {
  readonly catalog: Catalog;
  readonly tables: TableMap;
  /** By `performance.now()`: what has changed since then is not in it. */
  readonly readAt: number;
}

/** A plan, with what of it hangs on the values of parameters. */
interface Variant {
  readonly splits: readonly TableSplit[];
  readonly plan: StatementPlan;
}

/** Whoever may not read statistics has no estimates; the answer does not hang on them. */
async function orUnknown<T>(asked: Promise<T>, unknown: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof SqlError) return unknown;
    throw error;
  }
}

/** Tables that a server is asked of ahead of the first statement. */
const MOST_REHEARSED = 8;
/** Statements remembered at most. */
const CAPACITY = 500;
/** Plans of one statement that differ by the shards that its parameters choose. */
const MOST_VARIANTS = 64;

export class Planner {
  readonly #settings: Settings;
  readonly #plans = new Map<string, Variant[]>();
  #knowledge: Promise<Knowledge> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The plan of a call. */
  async plan(request: CallRequest, ports: PlannerPorts): Promise<StatementPlan> {
    const { sql, mode, parameters } = request;
    const shardCount = this.#settings.shards.length;
    if (mode === 'union') return planUnion(sql, shardCount, parameters.length);
    if (shardCount === 1) return planSingle(sql, parameters.length, [0]);
    const known = this.#find(request);
    if (known !== undefined) return known;
    await loadGrammar();
    const { catalog, tables } = await this.#know(ports);
    const splits: TableSplit[] = [];
    const plan = await planStatement({
      sql,
      shardCount,
      catalog,
      tables,
      parameterCount: parameters.length,
      describe: ports.describe,
      statistics: (relation, columns) =>
        orUnknown(readColumnStatistics(ports.query, relation, columns), new Map()),
      estimateRows: (statement) => orUnknown(estimateRows(ports.query, statement), 0),
      maxStagedRows: this.#settings.pullMaxRows,
      topK: this.#settings.topK,
      split: splitOfTable(parameters, shardCount, splits),
    });
    this.#remember(sql, { splits, plan });
    return plan;
  }

  /** Reads the catalog ahead of the first statement, and has the server look at the tables that were named. */
  async prepare(ports: PlannerPorts): Promise<void> {
    const { catalog } = await this.#know(ports);
    for (const { schema, name } of this.#settings.tables.slice(0, MOST_REHEARSED)) {
      const relation = catalog.relation(schema, name);
      if (relation !== undefined) await ports.describe([rehearsalSql(relation)]);
    }
  }

  /** What is known of the database. */
  async knowledge(
    ports: PlannerPorts,
  ): Promise<{ readonly catalog: Catalog; readonly tables: TableMap }> {
    return this.#know(ports);
  }

  /**
   * Forgets what is known of the database, if it was read before `time` (by `performance.now()`).
   *
   * @returns whether something was forgotten: then a statement may be planned otherwise
   */
  async forget(time: number): Promise<boolean> {
    const known = await this.#knowledge?.catch(() => undefined);
    if (known === undefined || known.readAt >= time) return false;
    this.#knowledge = undefined;
    this.#plans.clear();
    return true;
  }

  #know(ports: PlannerPorts): Promise<Knowledge> {
    this.#knowledge ??= this.#read(ports).catch((error: unknown) => {
      this.#knowledge = undefined;
      throw error;
    });
    return this.#knowledge;
  }

  async #read({ query }: PlannerPorts): Promise<Knowledge> {
    const readAt = performance.now();
    const catalog = await readCatalog(query);
    return {
      catalog,
      tables: bindTables(this.#settings.tables, catalog, this.#settings.unlisted),
      readAt,
    };
  }

  #find({ sql, parameters }: CallRequest): StatementPlan | undefined {
    const variants = this.#plans.get(sql);
    if (variants === undefined) return undefined;
    // The last used are the last to go.
    this.#plans.delete(sql);
    this.#plans.set(sql, variants);
    return variants.find(
      ({ splits, plan }) =>
        plan.parameterCount === parameters.length &&
        splits.every((split) => split.holds(parameters)),
    )?.plan;
  }

  #remember(sql: string, variant: Variant): void {
    const variants = this.#plans.get(sql) ?? [];
    this.#plans.set(sql, [...variants.slice(1 - MOST_VARIANTS), variant]);
    if (this.#plans.size <= CAPACITY) return;
    const [oldest] = this.#plans.keys();
    this.#plans.delete(oldest as string);
  }
}
