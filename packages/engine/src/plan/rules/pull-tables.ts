/**
 * The last way: every sharded table is brought together whole, in a temporary table of the same name, and one server answers the
 * statement in the caller's own words. Temporary tables are found before all others.
 */
import { UnsupportedError } from '../../errors.js';
import { columnNode, selectOf, targetNode } from '../../sql/build.js';
import type { Node } from '../../sql/tree.js';
import type { CatalogRelation } from '../../topology/catalog.js';
import type { DistributedPlan, Stage } from '../distributed-plan.js';
import { emit } from '../emit.js';
import type { PlanContext } from '../plan-context.js';
import { stageColumn } from './stage-rows.js';
import { tableNames } from './views.js';

/**
 * Plans a statement that could not be followed.
 *
 * @param reason why not
 * @throws UnsupportedError where it names a sharded table by its schema, or by way of a view
 */
export async function pullTables(
  statement: { readonly tree: Node; readonly sql: string },
  context: PlanContext,
  reason: Error,
): Promise<DistributedPlan> {
  const tables = new Map<number, CatalogRelation>();
  for (const { schema, name } of tableNames(statement.tree)) {
    const { catalog, place } = context.table(schema, name);
    const isView = catalog.kind === 'view' && place.kind === 'replicated' && !catalog.isSystem;
    if (place.kind !== 'sharded' && !isView) continue;
    if (schema !== undefined || isView) throw notByName(catalog, reason);
    tables.set(catalog.oid, catalog);
  }
  const stages: Stage[] = [];
  for (const table of tables.values()) stages.push(await wholeTable(table, context));
  const parameters = context.emit.parameterTypes.map(
    (_, index) => ({ kind: 'user', index }) as const,
  );
  const step = { shards: 'any' as const, sql: statement.sql, parameters, merge: undefined };
  return { class: 'pull', proof: [reason.message], stages, step };
}

async function wholeTable(table: CatalogRelation, context: PlanContext): Promise<Stage> {
  const names = table.columns.map(({ name }) => name);
  const from: Node = {
    RangeVar: {
      schemaname: table.schema,
      relname: table.name,
      inh: true,
      relpersistence: 'p',
      alias: { aliasname: 't' },
    },
  };
  const select = selectOf(
    names.map((name) => targetNode(columnNode('t', name), name)),
    { fromClause: [from] },
  );
  const emitted = emit(select, context.emit);
  const { columns } = await context.describe(emitted.sql);
  const shards = Array.from({ length: context.shardCount }, (_, shard) => shard);
  const step = { shards, ...emitted, merge: undefined };
  const declared = columns.map((column, i) => {
    const { typeName, collation } =
      table.columns[i] ?? (column as { typeName: string; collation?: string });
    const own = collation === undefined ? typeName : `${typeName} COLLATE ${collation}`;
    return { ...stageColumn(column), typeName: own };
  });
  return {
    id: context.nextStage++,
    plan: { class: 'local', proof: [], stages: [], step },
    columns: declared,
    transport: 'table',
    standsFor: table.name,
  };
}

function notByName({ schema, name, kind }: CatalogRelation, reason: Error): UnsupportedError {
  const what = kind === 'view' ? `the view '${name}'` : `'${schema}.${name}'`;
  return new UnsupportedError(
    `${reason.message}, and ${what} cannot be answered from rows brought together`,
    {
      clause: what,
      hint:
        kind === 'view'
          ? "write the view's query in its place"
          : `name the table without its schema, which may stand in the search path: session: { search_path: '${schema}' }`,
    },
  );
}
