import { type FuncCall, namesOf } from '../../sql/tree.js';
import type { Block } from '../binder/block.js';

/** Tells aggregates from other functions. */
export interface AggregateNames {
  readonly isAggregate: (names: readonly string[]) => boolean;
}

/** The calls of aggregates in a SELECT, without those that are window functions. */
export function aggregateCalls(block: Block, names: AggregateNames): FuncCall[] {
  return block.calls.filter(
    (call) =>
      call.over === undefined &&
      (call.agg_star === true ||
        call.agg_within_group === true ||
        call.agg_distinct === true ||
        call.agg_filter !== undefined ||
        names.isAggregate(namesOf(call.funcname))),
  );
}

/** Whether a SELECT groups its rows. */
export function isAggregated(block: Block, names: AggregateNames): boolean {
  const { groupClause, havingClause } = block.select;
  return (
    groupClause !== undefined ||
    havingClause !== undefined ||
    aggregateCalls(block, names).length > 0
  );
}
