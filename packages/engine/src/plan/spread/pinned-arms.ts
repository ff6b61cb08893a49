/** Arms of set operations whose rows all lie on one shard, beside arms with rows on others. */
import { kindOf } from '../../sql/tree.js';
import type { Block } from '../binder/block.js';
import { type AggregateNames, isAggregated } from './aggregated.js';
import { Obstacle } from './obstacle.js';
import { isPinned, type OutputSpread } from './spread.js';

/**
 * Other shards than its own are asked for an arm, too, where the other arm has rows there.
 *
 * @throws Obstacle where the arm has rows even of none
 */
export function checkPinned(arm: Block, spread: OutputSpread, names: AggregateNames): void {
  if (spread.kind === 'everywhere' || !isPinned(spread) || !givesRowsOfNone(arm, names)) return;
  throw new Obstacle('a group of no rows would come from every shard', {
    kind: 'block',
    block: arm,
  });
}

/** Whether a SELECT has a row where its tables have none: it aggregates all of them, or something within it does. */
function givesRowsOfNone(block: Block, names: AggregateNames): boolean {
  if (block.arms !== undefined) return block.arms.some((arm) => givesRowsOfNone(arm, names));
  if (isAggregated(block, names)) {
    const { groupClause } = block.select;
    if (groupClause === undefined || groupClause.some((item) => kindOf(item) === 'GroupingSet'))
      return true;
  }
  return block.relations.some(({ source }) => {
    const inner =
      source.kind === 'subquery'
        ? source.block
        : source.kind === 'cte'
          ? source.cte.block
          : undefined;
    return inner !== undefined && givesRowsOfNone(inner, names);
  });
}
