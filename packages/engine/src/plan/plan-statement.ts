/** From the text of a statement to its plan. */
import { splitAggregate } from '@millrace/operators';
import { ConfigurationError, SqlError, UnsupportedError } from '../errors.js';
import { parseSelect } from '../sql/build.js';
import { DeparseError } from '../sql/deparse.js';
import { parseStatement, positionOf } from '../sql/parse.js';
import { bodyOf, kindOf, type Node, type SelectStmt } from '../sql/tree.js';
import type { Catalog, CatalogRelation } from '../topology/catalog.js';
import type { TableMap } from '../topology/table-map.js';
import type { ResolvedTable } from './binder/bind-context.js';
import { BindError } from './binder/block.js';
import type { DistributedPlan, PlannedConstant, StatementPlan } from './distributed-plan.js';
import { OwnParameters } from './emit.js';
import type { Description, PlanContext } from './plan-context.js';
import { planSelect } from './plan-select.js';
import { computeOnce } from './rules/constants.js';
import { writeOutDistinctSets } from './rules/grouping-sets.js';
import { pullTables } from './rules/pull-tables.js';
import { expandViews, tableNames } from './rules/views.js';
import type { TablePlacement } from './spread/table-placement.js';
import { StatementServer } from './statement-server.js';
import { refuseVolatile } from './volatile-functions.js';

export interface PlanRequest {
  readonly sql: string;
  readonly shardCount: number;
  readonly catalog: Catalog;
  readonly tables: TableMap;
  readonly split: TablePlacement['split'];
  /** Values that the caller gave. */
  readonly parameterCount: number;
  readonly statistics: PlanContext['statistics'];
  readonly estimateRows: PlanContext['estimateRows'];
  readonly topK: PlanContext['topK'];
  readonly maxStagedRows: number;
  /**
   * What a server says of statements, in one round trip.
   *
   * @throws SqlError for the first that is wrong
   */
  readonly describe: (statements: readonly string[]) => Promise<readonly Description[]>;
}

/** A statement for every shard as it stands. */
export function planUnion(sql: string, shardCount: number, parameterCount: number): StatementPlan {
  const shards = Array.from({ length: shardCount }, (_, shard) => shard);
  return asItStands('union', { sql, shards, parameterCount, proof: 'asked for' });
}

/** A statement for one shard as it stands. */
export function planSingle(
  sql: string,
  parameterCount: number,
  shards: 'any' | readonly number[],
): StatementPlan {
  return asItStands('single', { sql, shards, parameterCount, proof: 'one shard has all there is' });
}

/**
 * Decides how a statement over several shards is answered.
 *
 * @throws SqlError for a statement that is wrong, as a server words it
 * @throws UnsupportedError for one that is not answered
 * @throws ConfigurationError for a table of which it is not known where its rows are
 */
export async function planStatement(request: PlanRequest): Promise<StatementPlan> {
  const { sql } = request;
  const statement = parseStatement(sql);
  if (statement === undefined || kindOf(statement) === 'VariableShowStmt')
    return planSingle(sql, request.parameterCount, 'any');
  const select = readable(statement);
  const server = new StatementServer(sql, request.describe);
  // Types of parameters are written down in what shards are asked. Without them, planning need not wait for the server.
  const { parameterTypes } = PARAMETER.test(sql)
    ? await server.statement()
    : { parameterTypes: [] };
  try {
    const plan = await planChecked({ ...request, statement, select, parameterTypes, server });
    await server.statement();
    return plan;
  } catch (error) {
    // A wrong statement is the server's to tell of, whatever was made of it meanwhile.
    await server.statement();
    throw error;
  }
}

/** Also what only looks like one, in a text or a comment. */
const PARAMETER = /\$\d/;

interface CheckedRequest extends Omit<PlanRequest, 'describe'> {
  readonly statement: Node;
  readonly select: SelectStmt;
  readonly parameterTypes: readonly string[];
  readonly server: StatementServer;
}

/** Plans a statement that a server takes for a right one. */
async function planChecked(request: CheckedRequest): Promise<StatementPlan> {
  const { sql, statement, select, catalog, tables, parameterTypes, server } = request;
  const resolve = resolver(catalog, tables);
  const at = (location: number): number => positionOf(sql, location);
  const sharded = usesShards(statement, resolve, catalog, at);
  refuseVolatile(statement, catalog, at);
  const parameterCount = parameterTypes.length;
  checkCount(parameterCount, request.parameterCount);
  if (!sharded) {
    return asItStands('single', {
      sql,
      shards: 'any',
      parameterCount,
      proof: 'every shard has all the rows that it reads',
    });
  }
  refuseLocks(select, at);
  const constants: PlannedConstant[] = [];
  const context: PlanContext = {
    describe: server.describe,
    statistics: request.statistics,
    estimateRows: request.estimateRows,
    topK: request.topK,
    maxStagedRows: request.maxStagedRows,
    splitAggregate,
    catalog,
    table: (schema, name) => resolveTable(schema, name, resolve),
    placement: {
      split: request.split,
      isAggregate: (names) => isAggregate(names, catalog),
    },
    shardCount: request.shardCount,
    emit: { own: new OwnParameters(), parameterTypes },
    constants,
    staged: new Map(),
    nextStage: 0,
  };
  const reads = (relation: CatalogRelation): boolean => readsShards(relation, resolve, catalog);
  const plan = await planFully(select, sql, context, reads);
  const { columns } = await server.statement();
  return { plan, constants, parameterCount, columns };
}

function checkCount(taken: number, given: number): void {
  if (taken === given) return;
  const message = `The statement takes ${taken} parameter${taken === 1 ? '' : 's'}, ${given} ${given === 1 ? 'was' : 'were'} given`;
  throw new SqlError({ message, code: '08P01' });
}

/** Plans by what is proven of the statement; where that cannot be followed, brings the tables together as they are. */
async function planFully(
  select: SelectStmt,
  sql: string,
  context: PlanContext,
  reads: (relation: CatalogRelation) => boolean,
): Promise<DistributedPlan> {
  try {
    const written = writeOutDistinctSets(expandViews(select, context.catalog, reads));
    const expanded = computeOnce(written, context);
    // A statement without views and without the time is answered in its own words.
    return await planSelect(expanded, context, expanded === select ? sql : undefined);
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(error);
    if (!(error instanceof BindError || error instanceof DeparseError)) throw error;
    context.constants.length = 0;
    return pullTables({ tree: { SelectStmt: select }, sql }, context, error);
  }
}

/** Trees are walked by recursion. */
function tooDeep(cause: RangeError): UnsupportedError {
  return new UnsupportedError('The statement is nested too deeply to be planned', {
    clause: 'statement',
    hint: 'write it with fewer terms, or fewer levels',
    cause,
  });
}

type Resolve = (schema: string | undefined, name: string) => ResolvedTable | undefined;

function resolver(catalog: Catalog, tables: TableMap): Resolve {
  return (schema, name) => {
    const relation = catalog.relation(schema, name);
    if (relation === undefined) return undefined;
    const place = tables.resolve(relation);
    if (place.kind === 'sharded') return { catalog: relation, place };
    if (place.kind === 'unlisted' && relation.kind !== 'view') throw unlisted(relation);
    return { catalog: relation, place: { kind: 'replicated' } };
  };
}

function unlisted({ schema, name }: CatalogRelation): ConfigurationError {
  const table = schema === 'public' ? name : `${schema}.${name}`;
  return new ConfigurationError(
    `The table '${table}' is not in 'tables': add { ${JSON.stringify(table)}: { key: '…' } } if it is split over the shards, or { ${JSON.stringify(table)}: 'replicated' } if every shard has all of it (unlisted: 'replicated' says so of all tables that are not named)`,
  );
}

function resolveTable(schema: string | undefined, name: string, resolve: Resolve): ResolvedTable {
  const found = resolve(schema, name);
  if (found === undefined) throw new BindError(`the table ${name} is not known`);
  return found;
}

/** Whether a statement reads a sharded table, also by way of views. */
function usesShards(
  statement: Node,
  resolve: Resolve,
  catalog: Catalog,
  at: (location: number) => number,
): boolean {
  let sharded = false;
  for (const { schema, name, location } of tableNames(statement)) {
    const found = resolve(schema, name);
    if (found === undefined) throw notInCatalog(name);
    if (found.place.kind === 'sharded' || readsShards(found.catalog, resolve, catalog))
      sharded = true;
    if (found.catalog.kind === 'sequence') throw perShard(name, at(location));
  }
  return sharded;
}

/** The server knows it: it is newer than the catalog, which is then read again. */
function notInCatalog(name: string): ConfigurationError {
  return new ConfigurationError(
    `The table '${name}' is not found in the catalog of the first shard: a temporary table, or one of another session, cannot be asked`,
  );
}

function perShard(name: string, position: number): UnsupportedError {
  return new UnsupportedError(`'${name}' is a sequence: each shard has one of its own`, {
    clause: name,
    position,
    hint: "pass { mode: 'union' } to see that of every shard",
  });
}

function readsShards(relation: CatalogRelation, resolve: Resolve, catalog: Catalog): boolean {
  if (relation.kind !== 'view' || relation.definition === undefined) return false;
  return tableNames({ SelectStmt: parseSelect(relation.definition) }).some(({ schema, name }) => {
    const found = resolve(schema, name);
    return (
      found !== undefined &&
      (found.place.kind === 'sharded' || readsShards(found.catalog, resolve, catalog))
    );
  });
}

function isAggregate(names: readonly string[], catalog: Catalog): boolean {
  const schema = names.length > 1 ? names[0] : undefined;
  return catalog.function(schema, names.at(-1) ?? '')?.isAggregate === true;
}

/** Words for the kinds of statements, where their nodes' names do not say it. */
const KINDS: Readonly<Record<string, string>> = {
  InsertStmt: 'INSERT',
  UpdateStmt: 'UPDATE',
  DeleteStmt: 'DELETE',
  MergeStmt: 'MERGE',
  ExplainStmt: 'EXPLAIN',
  VariableSetStmt: 'SET',
  TransactionStmt: 'a transaction',
  CopyStmt: 'COPY',
  CallStmt: 'CALL',
};

function readable(statement: Node): SelectStmt {
  const select = bodyOf(statement, 'SelectStmt');
  const kind = kindOf(statement);
  if (select === undefined) {
    const name =
      KINDS[kind] ??
      kind
        .replace(/Stmt$/, '')
        .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
        .toUpperCase();
    throw new UnsupportedError(`${name} over several shards is not answered: only SELECT is`, {
      clause: name,
      hint:
        kind === 'ExplainStmt'
          ? 'db.explain(sql) shows the plan, and what each shard is asked'
          : "pass { mode: 'union' } to run it on every shard as it stands",
    });
  }
  if (select.intoClause !== undefined) {
    throw new UnsupportedError('SELECT INTO makes a table, on which shard is not said', {
      clause: 'INTO',
      hint: "leave out INTO, or pass { mode: 'union' } to make the table on every shard",
    });
  }
  for (const node of select.withClause?.ctes ?? []) {
    const query = bodyOf(node, 'CommonTableExpr')?.ctequery;
    if (query !== undefined && bodyOf(query, 'SelectStmt') === undefined) readable(query);
  }
  return select;
}

function refuseLocks(select: SelectStmt, _at: (location: number) => number): void {
  if (select.lockingClause === undefined) return;
  throw new UnsupportedError(
    'FOR UPDATE locks rows in a transaction, and statements over several shards only read',
    {
      clause: 'FOR UPDATE',
      hint: 'leave it out',
    },
  );
}

interface StandingStatement {
  readonly sql: string;
  readonly shards: 'any' | readonly number[];
  readonly parameterCount: number;
  readonly proof: string;
}

function asItStands(
  planClass: DistributedPlan['class'],
  { sql, shards, parameterCount, proof }: StandingStatement,
): StatementPlan {
  const parameters = Array.from(
    { length: parameterCount },
    (_, index) => ({ kind: 'user', index }) as const,
  );
  const step = { shards, sql, parameters, merge: undefined };
  return {
    plan: { class: planClass, proof: [proof], stages: [], step },
    constants: [],
    parameterCount,
    columns: undefined,
  };
}
