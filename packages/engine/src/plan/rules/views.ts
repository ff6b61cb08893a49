/** Views over sharded tables, replaced by their queries. */
import { parseSelect } from '../../sql/build.js';
import { bodyOf, type Node, type SelectStmt } from '../../sql/tree.js';
import { replaceNodes, walk } from '../../sql/walk.js';
import type { Catalog, CatalogRelation } from '../../topology/catalog.js';

/** A name in a FROM that is no query of WITH. */
export interface TableName {
  readonly schema: string | undefined;
  readonly name: string;
  /** 0-based, in bytes. */
  readonly location: number;
}

/** The tables and views that a part of a statement names. Queries of WITH are left out where they are visible. */
export function tableNames(part: unknown): TableName[] {
  const found: TableName[] = [];
  const visit = (item: unknown, hidden: ReadonlySet<string>): void => {
    walk(item, (kind, body) => {
      if (kind === 'RangeVar') {
        const schema = body.schemaname as string | undefined;
        const name = body.relname as string;
        if (schema === undefined && hidden.has(name)) return undefined;
        found.push({ schema, name, location: (body.location as number | undefined) ?? -1 });
        return undefined;
      }
      if (kind !== 'SelectStmt') return undefined;
      visitSelect(body as SelectStmt, hidden, visit);
      return false;
    });
  };
  visit(part, new Set());
  return found;
}

function visitSelect(
  select: SelectStmt,
  hidden: ReadonlySet<string>,
  visit: (item: unknown, hidden: ReadonlySet<string>) => void,
): void {
  const { withClause, larg, rarg, ...rest } = select;
  const names = new Set(hidden);
  for (const node of withClause?.ctes ?? []) {
    const cte = bodyOf(node, 'CommonTableExpr');
    const own = withClause?.recursive ? new Set([...names, cte?.ctename ?? '']) : new Set(names);
    visit(cte?.ctequery, own);
    names.add(cte?.ctename ?? '');
  }
  for (const arm of [larg, rarg]) if (arm !== undefined) visit({ SelectStmt: arm }, names);
  for (const value of Object.values(rest)) visit(value, names);
}

/** Whether a view reads a sharded table, also by way of other views. */
export type ReadsShards = (relation: CatalogRelation) => boolean;

/** A statement with views over sharded tables written out, also those within views. */
export function expandViews(
  select: SelectStmt,
  catalog: Catalog,
  readsShards: ReadsShards,
): SelectStmt {
  const ctes = new Set<string>();
  walk({ SelectStmt: select }, (kind, body) => {
    if (kind === 'CommonTableExpr') ctes.add(body.ctename as string);
  });
  return replaceNodes(select, (kind, body) => {
    if (kind !== 'RangeVar') return undefined;
    const schema = body.schemaname as string | undefined;
    const name = body.relname as string;
    if (schema === undefined && ctes.has(name)) return undefined;
    const relation = catalog.relation(schema, name);
    if (relation?.kind !== 'view' || relation.definition === undefined || !readsShards(relation))
      return undefined;
    const query = parseSelect(relation.definition);
    const alias = body.alias as { aliasname: string; colnames?: Node[] } | undefined;
    return {
      RangeSubselect: {
        subquery: { SelectStmt: expandViews(query, catalog, readsShards) },
        alias: alias ?? { aliasname: name },
      },
    };
  });
}
