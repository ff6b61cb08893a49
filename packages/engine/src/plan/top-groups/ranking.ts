/** The shape of a statement whose answer is the first groups by an aggregate. */
import type { PartialBound } from '@millrace/operators';
import { bodyOf, kindOf, type Node } from '../../sql/tree.js';
import type { Binding, Block } from '../binder/block.js';
import type { PlannedLimit } from '../distributed-plan.js';
import type { PlanContext } from '../plan-context.js';
import { columnExpression, namedTargets } from '../rules/final-select.js';
import { limitOf } from '../rules/limits.js';
import { boundText } from '../rules/shard-select.js';
import type { Call } from '../rules/split-calls.js';
import { isOwnCall, type PartialGroups, type TwoPhase } from '../rules/two-phase.js';
import { followItem } from '../spread/keys.js';
import { isRepeatable } from './repeatable.js';

/** By what groups are ranked, and how many of them are wanted. */
export interface Ranking {
  /** What the partial value of a shard says of the whole. */
  readonly bound: PartialBound;
  /** The aggregate, and its partial value. */
  readonly call: Node;
  readonly partial: Node;
  readonly nullsFirst: boolean;
  /** Groups that are equal by the aggregate are not free to choose from. */
  readonly tiesMatter: boolean;
  readonly limit: PlannedLimit;
}

/**
 * How the groups of a statement are ranked; undefined for another shape. Not ranked are statements that need to see groups which
 * are not among the first (HAVING, DISTINCT, windows; expressions that could fail for one of them), and orders in which a partial
 * value that is not known yet could make a group one of the first.
 */
export function rankingOf(
  block: Block,
  binding: Binding,
  { core, groups }: TwoPhase,
  context: PlanContext,
): Ranking | undefined {
  const { select } = block;
  const [item, ...more] = select.sortClause ?? [];
  const by = bodyOf(item, 'SortBy');
  if (by?.node === undefined || select.limitCount === undefined) return undefined;
  if (groups.sets || groups.keys.length === 0) return undefined;
  if (select.havingClause || select.distinctClause || block.calls.some(({ over }) => over))
    return undefined;
  const { node } = followItem(by.node, block, binding);
  if (node === undefined || !isOwnCall(node, block)) return undefined;
  const text = boundText(node, binding);
  const call = groups.calls.find((one) => one.text === text);
  const bound = call?.distinct || call?.ordered ? undefined : call?.split.bound;
  const partial = groups.partials[call?.partials[0] ?? -1];
  const direction = bound === 'least' ? ['SORTBY_ASC', 'SORTBY_DEFAULT'] : ['SORTBY_DESC'];
  if (bound === undefined || partial === undefined) return undefined;
  if (!direction.includes(by.sortby_dir ?? 'SORTBY_DEFAULT')) return undefined;
  const plain = (part: Node | undefined): boolean =>
    part !== undefined && isPlain(part, block, binding, groups);
  if (!namedTargets(block, binding).every((target) => plain(target.node))) return undefined;
  if (!more.every((key) => plain(sortNode(key, block, binding)))) return undefined;
  if (!groups.calls.every((one) => one === call || takesColumns(one))) return undefined;
  // An expression is computed once for each use: two of random() would be two limits.
  if (!isGiven(select.limitCount) || !isGiven(select.limitOffset)) return undefined;
  const limit = limitOf(select, context);
  if (limit?.count === undefined || !isRepeatable(core, context.catalog)) return undefined;
  const nullsFirst =
    by.sortby_nulls === 'SORTBY_NULLS_FIRST' ||
    (by.sortby_nulls !== 'SORTBY_NULLS_LAST' && bound !== 'least');
  const tiesMatter = more.length > 0 || limit.withTies;
  return { bound, call: node, partial, nullsFirst, tiesMatter, limit };
}

/** Whether a number of rows is written in the statement, or a parameter's. */
function isGiven(node: Node | undefined): boolean {
  return node === undefined || ['A_Const', 'ParamRef'].includes(kindOf(node));
}

function sortNode(item: Node, block: Block, binding: Binding): Node | undefined {
  const by = bodyOf(item, 'SortBy')?.node;
  if (by === undefined) return undefined;
  const { node, column } = followItem(by, block, binding);
  return column === undefined ? node : columnExpression(column, binding);
}

/** Whether an expression is a key or an aggregate and nothing more: any other might fail for a group that is left out. */
function isPlain(
  node: Node,
  block: Block,
  binding: Binding,
  { keys, calls }: PartialGroups,
): boolean {
  const text = boundText(node, binding);
  if (keys.some((key) => key.text === text)) return true;
  return isOwnCall(node, block) && calls.some((call) => call.text === text);
}

/** Whether an aggregate takes nothing that has to be computed, which might fail for a row that is left out. */
function takesColumns({ call }: Call): boolean {
  const values = [...(call.args ?? []), ...(call.agg_order ?? []).map(sorted)];
  const isValue = (node: Node | undefined): boolean =>
    bodyOf(node, 'ColumnRef') !== undefined || bodyOf(node, 'A_Const') !== undefined;
  return call.agg_filter === undefined && values.every(isValue);
}

function sorted(item: Node): Node | undefined {
  return bodyOf(item, 'SortBy')?.node;
}
