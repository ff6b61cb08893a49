/** What the repairs of a statement share. */
import { andNode, conjuncts, selectOf, targetNode } from '../../sql/build.js';
import { bodyOf, type Node, type SelectStmt } from '../../sql/tree.js';
import { walk } from '../../sql/walk.js';
import type { Binding, Block, Cte, FromItem, Relation } from '../binder/block.js';
import type { PlanContext } from '../plan-context.js';
import { columnOf } from '../spread/equalities.js';
import { keptSides } from '../spread/from-items.js';
import type { StageMaker } from './stage-kind.js';

export interface RepairContext {
  readonly binding: Binding;
  readonly context: PlanContext;
  readonly stage: StageMaker;
  /** Takes what the plan is right by. */
  readonly note: (reason: string) => void;
}

/** The terms of a WHERE that speak of one table only, which is not filled with NULLs by an outer join. */
export function ownConditions(relation: Relation, binding: Binding): Node[] {
  const { block } = relation;
  if (!block.from.some((item) => isKept(item, relation))) return [];
  return conjuncts(block.select.whereClause).filter((term) => {
    let own = true;
    let some = false;
    walk(term, (kind, body) => {
      if (kind === 'SubLink' || kind === 'FuncCall') own = false;
      if (kind !== 'ColumnRef') return;
      const column = binding.columns.get(body);
      if (column?.relation !== relation || column.index < 0) own = false;
      some = true;
    });
    return own && some;
  });
}

function isKept(item: FromItem, relation: Relation): boolean {
  if (item.kind === 'relation') return item.relation === relation;
  return keptSides(item).some((side) => isKept(side, relation));
}

/** A SELECT with the queries of WITH that it uses from around it. */
export function closed(block: Block): SelectStmt {
  const { select } = block;
  const needed: Cte[] = [];
  const own = new Set(
    (select.withClause?.ctes ?? []).map((node) => bodyOf(node, 'CommonTableExpr')?.ctename),
  );
  const collect = (part: unknown): void => {
    walk(part, (kind, body) => {
      if (kind !== 'RangeVar' || body.schemaname !== undefined) return;
      const cte = block.ctes.get(body.relname as string);
      if (cte === undefined || own.has(cte.name) || needed.includes(cte)) return;
      needed.push(cte);
      collect(cte.node);
    });
  };
  collect(select);
  if (needed.length === 0) return select;
  const order = [...block.ctes.values()].filter((cte) => needed.includes(cte));
  const recursive = order.some((cte) => cte.recursive) || select.withClause?.recursive === true;
  const ctes = [...order.map(({ node }) => node), ...(select.withClause?.ctes ?? [])];
  return { ...select, withClause: { ctes, ...(recursive && { recursive }) } };
}

/**
 * Conditions that leave out rows which no outer row would ask for: where it is compared with a replicated table's column, only
 * what that table has under its own conditions.
 */
export function semiJoin(
  pairs: readonly { readonly inner: Node; readonly outer: Node }[],
  binding: Binding,
): Node[] {
  return pairs.flatMap(({ inner, outer }): Node[] => {
    const column = columnOf(outer, binding);
    const { source, node } = column?.relation ?? {};
    if (column === undefined || source?.kind !== 'table' || source.place.kind === 'sharded')
      return [];
    const where = andNode(ownConditions(column.relation, binding));
    if (where === undefined) return [];
    const select = selectOf([targetNode(outer)], {
      fromClause: [node as Node],
      whereClause: where,
    });
    return [
      {
        SubLink: { subLinkType: 'ANY_SUBLINK', testexpr: inner, subselect: { SelectStmt: select } },
      },
    ];
  });
}
