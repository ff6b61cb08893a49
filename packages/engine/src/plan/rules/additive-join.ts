/**
 * An aggregate over a replicated table that is outer-joined to a sharded one. Each shard keeps the replicated rows that have no
 * partner there, so rows may not be counted; but values of the sharded side are NULL in those, and aggregates pass over NULL.
 * Groups are the same on every shard, and their partial values add up.
 */
import { bodyOf, type Node, textOf } from '../../sql/tree.js';
import { walk } from '../../sql/walk.js';
import type { Binding, Block, Relation } from '../binder/block.js';
import { aggregateCalls } from '../spread/aggregated.js';
import type { SpreadContext } from '../spread/block-spread.js';
import { relationSpread } from '../spread/block-spread.js';
import { Equalities } from '../spread/equalities.js';
import { relationsOf } from '../spread/from-items.js';
import { blockHoldsShards, fromSpread, learnJoins } from '../spread/from-spread.js';
import { followItem } from '../spread/keys.js';
import { Obstacle } from '../spread/obstacle.js';
import type { Split } from '../spread/spread.js';

/** Aggregates that come to the same however often a row is seen. */
const IDEMPOTENT = new Set([
  'min',
  'max',
  'bool_and',
  'bool_or',
  'every',
  'bit_and',
  'bit_or',
  'any_value',
]);

interface AdditiveRows {
  readonly spread: Split;
  readonly equalities: Equalities;
}

/** The split of such a SELECT's rows: without a key, as if its groups could have rows anywhere. Undefined for others. */
export function additiveSplit(block: Block, context: SpreadContext): AdditiveRows | undefined {
  try {
    return splitOf(block, context);
  } catch (error) {
    // What stands in the way within its sides is met again, and cleared, when its rows are looked at.
    if (error instanceof Obstacle) return undefined;
    throw error;
  }
}

function splitOf(block: Block, context: SpreadContext): AdditiveRows | undefined {
  const { binding, placement } = context;
  const [item, another] = block.from;
  if (item?.kind !== 'join' || another !== undefined) return undefined;
  if (item.type !== 'left' && item.type !== 'right') return undefined;
  const [kept, filled] = item.type === 'left' ? [item.left, item.right] : [item.right, item.left];
  if (block.sublinks.some((link) => blockHoldsShards(link.block))) return undefined;
  const equalities = new Equalities();
  const sides = {
    binding,
    relation: (relation: Relation, known: Equalities) =>
      relationSpread(relation, known, [], context),
  };
  if (fromSpread([kept], equalities, sides).kind !== 'everywhere') return undefined;
  const within = Equalities.from(equalities);
  learnJoins([filled], within, binding);
  const split = fromSpread([filled], within, sides);
  if (split.kind !== 'split') return undefined;
  const onFilled = new Set(relationsOf(filled));
  const touches = (part: unknown): boolean =>
    columnsOf(part, binding).some((relation) => onFilled.has(relation));
  const groups = (block.select.groupClause ?? []).map((group) => followItem(group, block, binding));
  const plainGroups = groups.every(({ node, column }) =>
    column === undefined ? !touches(node) : !onFilled.has(column.relation),
  );
  if (!plainGroups || touches(block.select.whereClause)) return undefined;
  const calls = aggregateCalls(block, placement);
  const adds = calls.every((call) => {
    const args = call.args ?? [];
    if (IDEMPOTENT.has(textOf(call.funcname?.at(-1))) && !touches(args)) return true;
    return args.length === 1 && isNullWithout(args[0], onFilled, binding);
  });
  if (calls.length === 0 || !adds) return undefined;
  return { spread: { ...split, keys: [] }, equalities };
}

function columnsOf(part: unknown, binding: Binding): Relation[] {
  const relations: Relation[] = [];
  walk(part, (kind, body) => {
    const column = kind === 'ColumnRef' ? binding.columns.get(body) : undefined;
    if (column !== undefined) relations.push(column.relation);
    return undefined;
  });
  return relations;
}

/** Whether an expression is NULL in rows whose columns of these relations are: operators of numbers pass NULL on. */
function isNullWithout(
  node: Node | undefined,
  relations: ReadonlySet<Relation>,
  binding: Binding,
): boolean {
  const reference = bodyOf(node, 'ColumnRef');
  if (reference !== undefined) {
    const column = binding.columns.get(reference);
    return column !== undefined && column.index >= 0 && relations.has(column.relation);
  }
  const cast = bodyOf(node, 'TypeCast');
  if (cast !== undefined) return isNullWithout(cast.arg, relations, binding);
  const operation = bodyOf(node, 'A_Expr');
  if (operation?.kind !== 'AEXPR_OP' || !/^[-+*/%]$/.test(textOf(operation.name?.[0])))
    return false;
  return [operation.lexpr, operation.rexpr].some(
    (side) => side !== undefined && isNullWithout(side, relations, binding),
  );
}
