/** LIMIT and OFFSET: how many rows the answer has, and how many a shard may have to give. */
import { castNode } from '../../sql/build.js';
import { bodyOf, type Node, type SelectStmt } from '../../sql/tree.js';
import type { LimitValue, PlannedLimit } from '../distributed-plan.js';
import type { PlanContext } from '../plan-context.js';
import { addConstant, isNumber } from './constants.js';

/** The limit of a SELECT; undefined without one. */
export function limitOf(select: SelectStmt, context: PlanContext): PlannedLimit | undefined {
  const count = limitValue(select.limitCount, context);
  const offset = limitValue(select.limitOffset, context);
  if (count === undefined && offset === undefined) return undefined;
  return { count, offset, withTies: select.limitOption === 'LIMIT_OPTION_WITH_TIES' };
}

/** The rows that a shard may have to give, as an expression for its own LIMIT; undefined: all. */
export function shardRows(
  limit: PlannedLimit | undefined,
  { emit }: PlanContext,
): Node | undefined {
  if (limit?.count === undefined) return undefined;
  const { count, offset } = limit;
  return emit.own.add({ kind: 'rows', count, offset }, 'int8');
}

function limitValue(node: Node | undefined, context: PlanContext): LimitValue | undefined {
  if (node === undefined || bodyOf(node, 'A_Const')?.isnull) return undefined;
  const value = isNumber(node);
  if (value !== undefined && value >= 0) return { kind: 'number', value };
  const parameter = bodyOf(node, 'ParamRef')?.number;
  const isUsers = parameter !== undefined && context.emit.own.source(parameter).kind === 'user';
  if (isUsers) return { kind: 'user', index: parameter - 1 };
  return { kind: 'constant', index: addConstant(castNode(node, 'int8'), context) };
}
