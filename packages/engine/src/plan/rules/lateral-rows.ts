/** A LATERAL subquery of the first rows of each outer row: each shard gives so many of its own for each value that may be asked for. */
import {
  andNode,
  columnNode,
  expression,
  selectOf,
  subqueryNode,
  targetNode,
} from '../../sql/build.js';
import { bodyOf, type FuncCall, type Node, type SelectStmt } from '../../sql/tree.js';
import { bind } from '../binder/bind.js';
import { emit } from '../emit.js';
import type { PlanContext } from '../plan-context.js';
import { rowsSpread } from '../spread/block-spread.js';
import { Obstacle } from '../spread/obstacle.js';
import type { Split } from '../spread/spread.js';
import { collate } from './collation.js';
import { FOUND } from './decorrelate.js';
import { fickleBlock } from './fickle.js';
import { describeForAllRows, forAllRows, foundBy, type LateralQuery } from './lateral-query.js';
import { limitOf, shardRows } from './limits.js';
import type { RepairContext } from './repair-parts.js';
import { isRecord, stagedSelect } from './stage-rows.js';

/** Name of the relation that a shard counts its rows in, and of the count. */
const COUNTED = 'millrace_counted';
const PLACE = 'millrace_place';

/** What the subquery is over the first rows of each value; undefined where shards cannot tell which they are. */
export async function lookUpFirstRows(
  query: LateralQuery,
  parts: RepairContext,
): Promise<SelectStmt | undefined> {
  const { block, pairs, values, width } = query;
  const { binding, context, stage } = parts;
  const { distinctClause, limitCount, limitOffset, limitOption } = block.select;
  const distinct = distinctClause && { distinctClause };
  const rows = forAllRows(query, values, { ...distinct });
  const limit = limitOf(block.select, context);
  if (distinct === undefined && limit?.count === undefined) return undefined;
  const columns = await describeForAllRows(query, rows, parts);
  if (columns === undefined || columns.some(isRecord)) return undefined;
  let id: number;
  if (distinct) {
    ({ id } = await stage.select(rows, 'answer'));
  } else {
    const spread = splitOf(rows, context);
    if (spread === undefined) return undefined;
    const shards = spread.shards ?? Array.from({ length: context.shardCount }, (_, shard) => shard);
    const most = shardRows(limit, context) as Node;
    const asked = firstOfEach(query, rows, most, limit?.withTies === true);
    const step = { shards, ...emit(asked, context.emit), merge: undefined };
    id = stage.step(step, columns, 'answer');
  }
  const staged = stagedSelect(id, collate(columns, rows, binding, context), context);
  const where = andNode(foundBy(query));
  const sortClause = query.sort(FOUND, pairs.length);
  return selectOf(
    block.outputs
      .slice(0, width)
      .map(({ name }, i) => targetNode(columnNode(FOUND, `c${pairs.length + i}`), name)),
    {
      fromClause: [subqueryNode(staged, FOUND)],
      ...(where && { whereClause: where }),
      ...distinct,
      ...(sortClause.length > 0 && { sortClause }),
      ...(limitCount && { limitCount }),
      ...(limitOffset && { limitOffset }),
      ...(limitOption && { limitOption }),
    },
  );
}

/** Where its rows are, if each of them is on one shard that can compute it. */
function splitOf(rows: SelectStmt, context: PlanContext): Split | undefined {
  const binding = bind(rows, context.table);
  if (fickleBlock(binding, context.catalog) !== undefined) return undefined;
  try {
    const { spread } = rowsSpread(binding.root, [], {
      binding,
      placement: context.placement,
      addsUp: () => false,
      isFirstShard: (number) => context.emit.own.source(number)?.kind === 'first-shard',
    });
    return spread.kind === 'split' ? spread : undefined;
  } catch (error) {
    if (error instanceof Obstacle) return undefined;
    throw error;
  }
}

/** Of each value, no more rows than any answer can take from a shard. */
function firstOfEach(
  { pairs, values, sort }: LateralQuery,
  rows: SelectStmt,
  most: Node,
  withTies: boolean,
): SelectStmt {
  const all = Array.from({ length: pairs.length + values.length }, (_, i) => `c${i}`);
  const orderClause = sort(COUNTED, pairs.length);
  const call = bodyOf(
    expression(withTies ? 'rank() over ()' : 'row_number() over ()'),
    'FuncCall',
  ) as FuncCall;
  const over = {
    ...(call.over as object),
    partitionClause: pairs.map((_, i) => columnNode(COUNTED, `c${i}`)),
    ...(orderClause.length > 0 && { orderClause }),
  };
  const place: Node = { FuncCall: { ...call, over } };
  const counted = selectOf(
    [...all.map((name) => targetNode(columnNode(COUNTED, name), name)), targetNode(place, PLACE)],
    { fromClause: [subqueryNode(rows, COUNTED)] },
  );
  return selectOf(
    all.map((name) => targetNode(columnNode(COUNTED, name), name)),
    {
      fromClause: [subqueryNode(counted, COUNTED)],
      // LIMIT NULL is all of them.
      whereClause: expression('place <= most or most is null', {
        place: columnNode(COUNTED, PLACE),
        most,
      }),
    },
  );
}
