/**
 * A subquery that is asked for each row of the outer query, but whose rows are on several shards: it is computed once for all
 * that it may be asked for, and its rows are looked up.
 */
import {
  andNode,
  columnNode,
  conjuncts,
  expression,
  selectOf,
  subqueryNode,
  targetNode,
} from '../../sql/build.js';
import { bodyOf, type Node, type SelectStmt, textOf } from '../../sql/tree.js';
import { replaceNodes, replacePart, walk } from '../../sql/walk.js';
import { type Binding, type Block, type Column, columnKey, type Sublink } from '../binder/block.js';
import { aggregateCalls, isAggregated } from '../spread/aggregated.js';
import { collate } from './collation.js';
import { type Equality, equalityOf, innerColumns, outerIn } from './correlation.js';
import { columnExpression } from './final-select.js';
import { oneGroupForEach } from './lookup-keys.js';
import { closed, type RepairContext, semiJoin } from './repair-parts.js';
import { describeSelect } from './shard-select.js';
import { stagedSelect } from './stage-rows.js';

/** Name of the relation that the rows are looked up in. */
export const FOUND = 'millrace_found';

/** The statement with the subquery computed first; undefined where it is of another shape. */
export async function decorrelate(
  tree: SelectStmt,
  sublink: Sublink,
  parts: RepairContext,
): Promise<SelectStmt | undefined> {
  const { block } = sublink;
  const { select } = block;
  const plain =
    block.arms === undefined &&
    select.withClause === undefined &&
    select.groupClause === undefined &&
    select.havingClause === undefined &&
    select.limitCount === undefined &&
    select.limitOffset === undefined &&
    select.distinctClause === undefined &&
    select.valuesLists === undefined &&
    block.sublinks.every((link) => link.block.outerColumns.size === 0) &&
    block.calls.every((call) => call.over === undefined);
  if (!plain) return undefined;
  const terms = conjuncts(select.whereClause);
  const correlated = terms.filter((term) => outerIn(term, block, parts.binding));
  const free = terms.filter((term) => !correlated.includes(term));
  const elsewhere = [select.fromClause, select.targetList, select.sortClause];
  if (outerIn(elsewhere, block, parts.binding)) return undefined;
  const lookup = { sublink, correlated, free };
  return isAggregated(block, parts.context.placement)
    ? lookUpGroups(tree, lookup, parts)
    : lookUpRows(tree, lookup, parts);
}

interface Lookup {
  readonly sublink: Sublink;
  /** Terms of its WHERE that use the outer row, and those that do not. */
  readonly correlated: readonly Node[];
  readonly free: readonly Node[];
}

/** Rows: the columns it gives, and those that the outer row is compared with. */
async function lookUpRows(
  tree: SelectStmt,
  { sublink, correlated, free }: Lookup,
  parts: RepairContext,
): Promise<SelectStmt> {
  const { block, node } = sublink;
  const { binding } = parts;
  const link = bodyOf(node, 'SubLink');
  const columns = innerColumns(correlated, block, binding);
  const exists = link?.subLinkType === 'EXISTS_SUBLINK';
  const given = exists
    ? []
    : block.outputs.map(
        ({ node: value, column }) => value ?? columnExpression(column as Column, binding),
      );
  const targets = [...columns.map((column) => columnExpression(column, binding)), ...given];
  const staged = await stageTargets(
    targets,
    block,
    { free, distinct: link?.subLinkType !== 'EXPR_SUBLINK' },
    parts,
  );
  const where = correlated.map((term) => overFound(term, columns, block, binding));
  const shown = exists
    ? [targetNode({ A_Const: { ival: { ival: 1 } } })]
    : given.map((_, i) => targetNode(columnNode(FOUND, `c${columns.length + i}`)));
  const condition = andNode(where);
  return replacePart(
    tree,
    block.select,
    selectOf(shown, {
      fromClause: [subqueryNode(staged, FOUND)],
      ...(condition && { whereClause: condition }),
    }),
  );
}

/** Groups: the aggregate for each value that the outer row may be compared with by `=`. */
async function lookUpGroups(
  tree: SelectStmt,
  { sublink, correlated, free }: Lookup,
  parts: RepairContext,
): Promise<SelectStmt | undefined> {
  const { block, node } = sublink;
  const { binding } = parts;
  if (bodyOf(node, 'SubLink')?.subLinkType !== 'EXPR_SUBLINK' || block.outputs.length !== 1)
    return undefined;
  const pairs = correlated.map((term) => equalityOf(term, block, binding));
  if (!pairs.every((pair) => pair !== undefined)) return undefined;
  const value = block.outputs[0]?.node;
  if (value === undefined) return undefined;
  const keys = pairs.map(({ inner }) => inner);
  if (!(await findsOneGroup(pairs, block, parts))) return undefined;
  const reduced = semiJoin(pairs, binding);
  const groupClause = keys.map((_, i): Node => ({ A_Const: { ival: { ival: i + 1 } } }));
  const staged = await stageTargets(
    [...keys, value],
    block,
    { free: [...free, ...reduced], groupClause },
    parts,
  );
  const found = andNode(
    pairs.map(({ outer }, i) => expression('k = o', { k: columnNode(FOUND, `c${i}`), o: outer })),
  );
  const lookup = selectOf([targetNode(columnNode(FOUND, `c${keys.length}`), 'value')], {
    fromClause: [subqueryNode(staged, FOUND)],
    ...(found && { whereClause: found }),
  });
  const none = overNoRows(value, block, parts);
  return replacePart(tree, block.select, none === undefined ? lookup : orElse(lookup, none));
}

/** Whether each outer row finds one group at most. */
async function findsOneGroup(
  pairs: readonly Equality[],
  block: Block,
  parts: RepairContext,
): Promise<boolean> {
  if (pairs.length === 0) return true;
  const { fromClause, withClause } = closed(block);
  const keys = selectOf(
    pairs.map(({ inner }, i) => targetNode(inner, `c${i}`)),
    { ...(fromClause && { fromClause }), ...(withClause && { withClause }) },
  );
  const columns = await describeSelect(keys, parts.context);
  return oneGroupForEach(pairs, columns, block.outer as Block, parts);
}

/** The row of a lookup, or one value where there is none. */
function orElse(lookup: SelectStmt, value: Node): SelectStmt {
  const missing: Node = {
    BoolExpr: {
      boolop: 'NOT_EXPR',
      args: [{ SubLink: { subLinkType: 'EXISTS_SUBLINK', subselect: { SelectStmt: lookup } } }],
    },
  };
  return {
    op: 'SETOP_UNION',
    all: true,
    limitOption: 'LIMIT_OPTION_DEFAULT',
    larg: lookup,
    rarg: selectOf([targetNode(value)], { whereClause: missing }),
  };
}

/** What an expression over aggregates is without rows; undefined: NULL. */
function overNoRows(value: Node, block: Block, { context }: RepairContext): Node | undefined {
  const calls = new Set<object>(aggregateCalls(block, context.placement));
  let plain = true;
  walk(value, (kind, body) => {
    if (calls.has(body)) {
      if (isCount(body)) plain = false;
      return false;
    }
    if (kind !== 'A_Expr' && kind !== 'A_Const' && kind !== 'String') plain = false;
    return undefined;
  });
  if (plain) return undefined;
  return replaceNodes(value, (_kind, body) => {
    if (!calls.has(body)) return undefined;
    return isCount(body) ? expression('0::int8') : { A_Const: { isnull: true } };
  });
}

export function isCount(body: Record<string, unknown>): boolean {
  return /^(count|regr_count)$/.test(textOf((body.funcname as Node[] | undefined)?.at(-1)));
}

interface StageShape {
  readonly free: readonly Node[];
  readonly distinct?: boolean;
  readonly groupClause?: Node[];
}

async function stageTargets(
  targets: readonly Node[],
  block: Block,
  { free, distinct, groupClause }: StageShape,
  { stage, context, binding }: RepairContext,
): Promise<SelectStmt> {
  const { fromClause, withClause } = closed(block);
  const where = andNode(free);
  const list = targets.length > 0 ? targets : [{ A_Const: { boolval: { boolval: true } } } as Node];
  const select = selectOf(
    list.map((node, i) => targetNode(node, `c${i}`)),
    {
      ...(fromClause && { fromClause }),
      ...(withClause && { withClause }),
      ...(where && { whereClause: where }),
      ...(distinct && { distinctClause: [{} as Node] }),
      ...(groupClause && { groupClause }),
    },
  );
  const { id, columns } = await stage.select(select, 'answer');
  return stagedSelect(id, collate(columns, select, binding, context), context);
}

/** A term with the subquery's columns looked up among the rows that were found. */
function overFound(term: Node, columns: readonly Column[], block: Block, binding: Binding): Node {
  return replaceNodes(term, (kind, body) => {
    const column = kind === 'ColumnRef' ? binding.columns.get(body) : undefined;
    if (column === undefined || column.relation.block !== block) return undefined;
    const index = columns.findIndex((other) => columnKey(other) === columnKey(column));
    return columnNode(FOUND, `c${index}`);
  });
}
