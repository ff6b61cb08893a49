/** Rows are brought together as they are, and a server does the rest: for windows, and aggregates that cannot be split. */
import { columnNode, selectOf, subqueryNode, targetNode } from '../../sql/build.js';
import { bodyOf, kindOf, type Node, type SelectStmt } from '../../sql/tree.js';
import { replaceNodes } from '../../sql/walk.js';
import { BindError, type Binding, type Block, type Column, columnKey } from '../binder/block.js';
import { type AggregateNames, aggregateCalls } from '../spread/aggregated.js';
import { blockHoldsShards } from '../spread/from-spread.js';
import { collate } from './collation.js';
import { columnExpression, finalSelect, namedTargets } from './final-select.js';
import { allKeys, groupingOf } from './group-keys.js';
import type { Settled, SettleRequest } from './settled.js';
import { boundText } from './shard-select.js';
import type { StageKind } from './stage-kind.js';
import { stagedSelect } from './stage-rows.js';

/** Name of the relation that rows are brought together in. */
export const ROWS = 'millrace_rows_of_shards';

export interface SplitSelect {
  /** What the shards are asked for. */
  readonly core: SelectStmt;
  /** The whole over the rows of `core`, which are the relation `from`. */
  readonly final: (from: Node) => SelectStmt;
}

/**
 * Splits a SELECT into its rows (the columns it uses, and subqueries that only shards can answer) and the rest.
 *
 * @throws BindError where a row is used as a whole
 */
export function splitAtRows(
  block: Block,
  binding: Binding,
  isAggregate: AggregateNames,
): SplitSelect {
  const { select } = block;
  const columns: Node[] = [];
  const known = new Map<string, string>();
  const nameOf = (text: string, node: Node): string => {
    const name = known.get(text) ?? `c${columns.length}`;
    if (!known.has(text)) {
      known.set(text, name);
      columns.push(targetNode(node, name));
    }
    return name;
  };
  const translate = (node: Node): Node | undefined => {
    const reference = bodyOf(node, 'ColumnRef');
    const column = reference && binding.columns.get(reference);
    if (column !== undefined && column.relation.block === block) {
      return columnNode(ROWS, nameOf(columnKey(column), wholeColumn(column, binding)));
    }
    if (isAnsweredByShards(node, binding))
      return columnNode(ROWS, nameOf(boundText(node, binding), node));
    return undefined;
  };
  const dependent = dependentColumns(block, binding, isAggregate);
  // The columns are those that the final SELECT turns out to use.
  const parts = [
    namedTargets(block, binding).map(({ node }) => node),
    select.groupClause,
    select.havingClause,
    select.sortClause,
    select.distinctClause,
    select.windowClause,
  ];
  for (const part of parts) replaceNodes(part, (_kind, _body, node) => translate(node));
  if (columns.length === 0)
    columns.push(targetNode({ A_Const: { boolval: { boolval: true } } }, 'c0'));
  const { fromClause, whereClause, withClause } = select;
  const core = selectOf(columns, {
    ...(fromClause && { fromClause }),
    ...(whereClause && { whereClause }),
    ...(withClause && { withClause }),
  });
  const groups = select.groupClause?.map((item) =>
    replaceNodes(item, (_kind, _body, node) =>
      binding.outputs.has(bodyOf(node, 'ColumnRef') ?? {}) ? node : translate(node),
    ),
  );
  // Brought together, a table has no primary key that its other columns could depend on.
  const groupClause = groups && [...groups, ...dependent.map((node) => translate(node) as Node)];
  return {
    core,
    final: (from) => finalSelect(block, binding, from, translate, { grouped: true, groupClause }),
  };
}

/** Columns outside of aggregates that are no groups: they depend on a primary key that is. */
function dependentColumns(block: Block, binding: Binding, names: AggregateNames): readonly Node[] {
  const { groupClause = [] } = block.select;
  if (groupClause.length === 0 || groupClause.some((item) => kindOf(item) === 'GroupingSet'))
    return [];
  const { keys } = groupingOf(block, binding);
  const all = allKeys(block, binding, keys, aggregateCalls(block, names)) ?? keys;
  return all.slice(keys.length).map(({ node }) => node);
}

function wholeColumn(column: Column, binding: Binding): Node {
  if (column.index < 0) throw new BindError('a row is used as a whole');
  return columnExpression(column, binding);
}

function isAnsweredByShards(node: Node, binding: Binding): boolean {
  const link = bodyOf(node, 'SubLink');
  const select = link && bodyOf(link.subselect, 'SelectStmt');
  const block = select && binding.blocks.get(select);
  return block !== undefined && blockHoldsShards(block);
}

/** Has a server do the rest of a SELECT over its rows. */
export async function finishRows(
  { binding, stage, context }: SettleRequest,
  proof: string,
  kind: StageKind = 'rows',
): Promise<Settled> {
  const { core, final } = splitAtRows(binding.root, binding, context.placement);
  const { id, columns } = await stage.select(core, kind);
  const collated = collate(columns, core, binding, context);
  const from = subqueryNode(stagedSelect(id, collated, context), ROWS);
  return { kind: 'select', select: final(from), proof };
}
