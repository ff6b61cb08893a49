/** Every shard computes its own rows of the answer; here they are put in order, told apart, and counted. */
import { columnNode, selectOf, subqueryNode, targetNode, withoutLimit } from '../../sql/build.js';
import { bodyOf, type Node, type SelectStmt } from '../../sql/tree.js';
import type { PlannedLimit, PlannedMerge } from '../distributed-plan.js';
import { emit } from '../emit.js';
import type { DescribedColumn, PlanContext } from '../plan-context.js';
import { outputOrder, textOrder } from './collation.js';
import { finishRows, ROWS } from './finish-rows.js';
import { limitOf, shardRows } from './limits.js';
import type { Settled, SettleRequest } from './settled.js';
import {
  describeSelect,
  distinctRows,
  type SortedSelect,
  sortKeys,
  withSortColumns,
} from './shard-select.js';
import { isCollatable } from './stage-kind.js';
import { isRecord, stagedSelect } from './stage-rows.js';

export interface RowSplit {
  /** The shards that have rows; undefined: all. */
  readonly shards: readonly number[] | undefined;
  /** Whether the same row may come from several shards and counts once. */
  readonly distinct: boolean;
}

export async function rowByRow(request: SettleRequest, split: RowSplit): Promise<Settled> {
  const { binding, context, text } = request;
  const { root } = binding;
  const { select } = root;
  const shards = split.shards ?? Array.from({ length: context.shardCount }, (_, shard) => shard);
  const planClass = split.shards === undefined ? 'local' : 'pruned';
  const limit = limitOf(select, context);
  if (select.sortClause === undefined && limit === undefined && !split.distinct) {
    const user = context.emit.parameterTypes.map((_, index) => ({ kind: 'user', index }) as const);
    const emitted =
      text === undefined ? emit(select, context.emit) : { sql: text, parameters: user };
    const step = { shards, ...emitted, merge: undefined };
    return { kind: 'step', class: planClass, step, proof: 'every shard answers for its own rows' };
  }
  const sorted = withSortColumns(root, binding);
  const bare = withoutLimit(sorted.select);
  const columns = await describeSelect(bare, context);
  const merge = mergeOf(sorted, columns, split, limit, request);
  const asked = limited(bare, limit, context);
  if (merge === undefined && columns.some(isRecord)) {
    return finishRows(request, 'rows are sorted by a row value, which only one server can');
  }
  if (merge === undefined) return finishOnServer(request, { sorted, columns, shards, asked });
  const step = { shards, ...asked, merge };
  return {
    kind: 'step',
    class: planClass,
    step,
    proof: 'every shard sorts its own rows, and they are merged in order',
  };
}

function mergeOf(
  sorted: SortedSelect,
  columns: readonly DescribedColumn[],
  split: RowSplit,
  limit: PlannedLimit | undefined,
  { binding, context }: SettleRequest,
): PlannedMerge | undefined {
  const { root } = binding;
  const keys = sortKeys(sorted.sort, columns, root, binding, context);
  if (keys === undefined) return undefined;
  const shown = Array.from({ length: sorted.width }, (_, i) => i);
  if (!split.distinct) {
    const combine =
      keys.length === 0 ? ({ kind: 'gather' } as const) : ({ kind: 'ordered', keys } as const);
    return { combine, sort: [], limit, columns: shown };
  }
  const on = (root.select.distinctClause ?? []).some((item) => Object.keys(item ?? {}).length > 0);
  const combine = on ? undefined : distinctRows(columns, root, binding, context);
  return combine && { combine, sort: keys, limit, columns: shown };
}

/** What a shard is asked: with a limit, no more rows than the whole answer can take from it. */
function limited(
  bare: SelectStmt,
  limit: PlannedLimit | undefined,
  context: PlanContext,
): ReturnType<typeof emit> {
  const rows = shardRows(limit, context);
  if (rows === undefined) return emit(bare, context.emit);
  const limitOption = limit?.withTies ? 'LIMIT_OPTION_WITH_TIES' : 'LIMIT_OPTION_COUNT';
  return emit({ ...bare, limitCount: rows, limitOption }, context.emit);
}

interface ServerFinish {
  readonly sorted: SortedSelect;
  readonly columns: readonly DescribedColumn[];
  readonly shards: readonly number[];
  readonly asked: ReturnType<typeof emit>;
}

/** The order, or what is equal, is for a server to say: it sorts the rows that the shards would give. */
function finishOnServer({ binding, context, stage }: SettleRequest, parts: ServerFinish): Settled {
  const { sorted, columns, shards, asked } = parts;
  const { root } = binding;
  const named = columns.map((column, i) => ({ ...column, name: `c${i}` }));
  const id = stage.step({ shards, ...asked, merge: undefined }, named, 'answer');
  const collated = named.map((column, i) => {
    const hidden = bodyOf(sorted.select.targetList?.at(i - columns.length), 'ResTarget')?.val;
    const text =
      i < sorted.width
        ? outputOrder(root, i, binding, context.catalog)
        : textOrder(hidden, undefined, binding, context.catalog);
    return { ...column, collation: isCollatable(column) ? text.collation : undefined };
  });
  const from = subqueryNode(stagedSelect(id, collated, context), ROWS);
  const shown = root.outputs.map(({ name }, i) => targetNode(columnNode(ROWS, `c${i}`), name));
  const { distinctClause, limitCount, limitOffset, limitOption } = root.select;
  const sortClause = sorted.sort.map(({ column, item }): Node => {
    const { sortby_dir, sortby_nulls, useOp } = bodyOf(item, 'SortBy') ?? {};
    const node = columnNode(ROWS, `c${column}`);
    return {
      SortBy: {
        node,
        ...(sortby_dir && { sortby_dir }),
        ...(sortby_nulls && { sortby_nulls }),
        ...(useOp && { useOp }),
        location: -1,
      },
    };
  });
  const on = sorted.distinctOn.map((column) => columnNode(ROWS, `c${column}`));
  const union =
    root.arms !== undefined && root.select.op === 'SETOP_UNION' && root.select.all !== true;
  const distinct =
    on.length > 0 ? on : distinctClause !== undefined || union ? [{} as Node] : undefined;
  const select = selectOf(shown, {
    fromClause: [from],
    ...(distinct && { distinctClause: distinct }),
    ...(sortClause.length > 0 && { sortClause }),
    ...(limitCount && { limitCount }),
    ...(limitOffset && { limitOffset }),
    ...(limitOption && { limitOption }),
  });
  return {
    kind: 'select',
    select,
    proof: 'every shard computes its own rows, and a server puts them in order',
  };
}
