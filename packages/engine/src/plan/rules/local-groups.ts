/** Windows over groups that are whole on their shards: the groups come together, not their rows. */
import { columnNode, selectOf, subqueryNode, targetNode } from '../../sql/build.js';
import { bodyOf, type Node } from '../../sql/tree.js';
import { emit } from '../emit.js';
import { aggregateCalls } from '../spread/aggregated.js';
import type { Split } from '../spread/spread.js';
import { collate } from './collation.js';
import { finalSelect } from './final-select.js';
import { ROWS } from './finish-rows.js';
import { allKeys, groupingOf, uniqueCalls } from './group-keys.js';
import type { Settled, SettleRequest } from './settled.js';
import { boundText, describeSelect } from './shard-select.js';
import { isRecord, stagedSelect } from './stage-rows.js';

/** Has each shard compute its groups, and a server the windows over them; undefined where groups cannot be sent. */
export async function localGroups(
  { binding, context, stage }: SettleRequest,
  split: Split,
): Promise<Settled | undefined> {
  const { root } = binding;
  const { fromClause, whereClause, withClause, havingClause, ...rest } = root.select;
  const grouping = groupingOf(root, binding);
  const calls = aggregateCalls(root, context.placement);
  const keys = allKeys(root, binding, grouping.keys, calls);
  if (grouping.sets || keys === undefined || keys.length === 0) return undefined;
  const aggregates = uniqueCalls(calls, binding);
  const core = selectOf(
    [
      ...keys.map(({ node }, i) => targetNode(node, `k${i}`)),
      ...aggregates.map(({ call }, i) => targetNode({ FuncCall: call }, `a${i}`)),
    ],
    {
      ...(fromClause && { fromClause }),
      ...(whereClause && { whereClause }),
      ...(withClause && { withClause }),
      ...(havingClause && { havingClause }),
      groupClause: keys.map((_, i): Node => ({ A_Const: { ival: { ival: i + 1 } } })),
    },
  );
  const columns = collate(await describeSelect(core, context), core, binding, context);
  if (columns.some(isRecord)) return undefined;
  const shards = split.shards ?? Array.from({ length: context.shardCount }, (_, shard) => shard);
  const step = { shards, ...emit(core, context.emit), merge: undefined };
  const id = stage.step(step, columns, 'groups');
  const translate = (node: Node): Node | undefined => {
    const text = boundText(node, binding);
    const key = keys.findIndex((candidate) => candidate.text === text);
    if (key >= 0) return columnNode(ROWS, `k${key}`);
    const call = bodyOf(node, 'FuncCall');
    // A subquery may call an aggregate in the same words, of its own rows.
    const own = call !== undefined && root.calls.includes(call);
    const aggregate = own ? aggregates.findIndex((one) => one.text === text) : -1;
    return aggregate < 0 ? undefined : columnNode(ROWS, `a${aggregate}`);
  };
  const from = subqueryNode(stagedSelect(id, columns, context), ROWS);
  const select = { ...rest, ...(withClause && { withClause }) };
  return {
    kind: 'select',
    select: finalSelect({ ...root, select }, binding, from, translate, { grouped: false }),
    proof: 'groups are whole on their shards; a server computes the windows over them',
  };
}
