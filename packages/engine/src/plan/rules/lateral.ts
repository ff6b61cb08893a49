/**
 * A LATERAL subquery whose rows are on several shards: its groups, or the first rows of each of the values that it compares with
 * the outer row, are computed for all outer rows at once, and looked up.
 */
import type { SelectStmt } from '../../sql/tree.js';
import { replacePart } from '../../sql/walk.js';
import type { Block } from '../binder/block.js';
import { isAggregated } from '../spread/aggregated.js';
import { lookUpGroups } from './lateral-groups.js';
import { lateralQuery } from './lateral-query.js';
import { lookUpFirstRows } from './lateral-rows.js';
import type { RepairContext } from './repair-parts.js';

/** The statement with a LATERAL subquery looked up; undefined where the block is none, or of another shape. */
export async function lookUpLateral(
  tree: SelectStmt,
  block: Block,
  parts: RepairContext,
): Promise<SelectStmt | undefined> {
  const { binding, context } = parts;
  const query = lateralQuery(block, binding, context);
  if (query === undefined) return undefined;
  const lookup = isAggregated(block, context.placement)
    ? await lookUpGroups(query, parts)
    : await lookUpFirstRows(query, parts);
  return lookup && replacePart(tree, block.select, lookup);
}
