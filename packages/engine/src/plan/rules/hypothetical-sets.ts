/**
 * `rank(x) within group (order by y)` and its like as counts, which are summed over shards: where a row of x would stand among the
 * rows is a matter of how many sort before it (src/backend/utils/adt/orderedsetaggs.c, `hypothetical_rank_common`).
 */
import { andNode, castNode, conjuncts, expression, selectOf, targetNode } from '../../sql/build.js';
import { columnName } from '../../sql/column-name.js';
import {
  bodyOf,
  type FuncCall,
  kindOf,
  type Node,
  namesOf,
  type SelectStmt,
} from '../../sql/tree.js';
import { replaceNodes, walk } from '../../sql/walk.js';
import type { Binding, Block } from '../binder/block.js';
import type { DescribedColumn, PlanContext } from '../plan-context.js';
import { aggregateCalls } from '../spread/aggregated.js';
import { textOrder } from './collation.js';
import { describeSelect } from './shard-select.js';
import { isRecord } from './stage-rows.js';

const RANKS = ['rank', 'dense_rank', 'percent_rank', 'cume_dist'] as const;
type Rank = (typeof RANKS)[number];

/** A SELECT with its hypothetical sets written as counts; undefined where it has none that can be. */
export async function countedRanks(
  block: Block,
  binding: Binding,
  context: PlanContext,
): Promise<SelectStmt | undefined> {
  const { select } = block;
  const calls = aggregateCalls(block, context.placement).filter(
    (call) => rankOf(call) !== undefined && canBeCounted(call, block, context),
  );
  if (calls.length === 0) return undefined;
  const compared = await comparedValues(calls, select, context);
  const counts = new Map<object, Node>();
  for (const [i, call] of calls.entries()) {
    const values = compared[i] ?? [];
    const counted = countOf(call, rankOf(call) as Rank, values, binding, context);
    if (counted !== undefined) counts.set(call, counted);
  }
  if (counts.size === 0) return undefined;
  const rewrite = <Part>(part: Part): Part => replaceNodes(part, (_kind, body) => counts.get(body));
  const targetList = select.targetList?.map((target) => {
    const { val } = bodyOf(target, 'ResTarget') ?? {};
    const written = rewrite(val);
    return written === undefined || written === val
      ? target
      : targetNode(written, columnName(target));
  });
  return { ...rewrite(select), ...(targetList && { targetList }) };
}

function rankOf(call: FuncCall): Rank | undefined {
  const names = namesOf(call.funcname);
  if (!call.agg_within_group || (names.length > 1 && names[0] !== 'pg_catalog')) return undefined;
  return RANKS.find((rank) => rank === names.at(-1));
}

/** Whether comparing each row with the direct arguments is the same as comparing with them once for a group. */
function canBeCounted(call: FuncCall, block: Block, { catalog, placement }: PlanContext): boolean {
  const args = call.args ?? [];
  const order = call.agg_order ?? [];
  let plain = args.length === order.length && !call.func_variadic;
  // In a grouping set without it, a column that is grouped by is NULL, but not in the rows.
  const sets = (block.select.groupClause ?? []).some((item) => kindOf(item) === 'GroupingSet');
  walk([args, order, call.agg_filter], (kind, body) => {
    if (kind === 'SubLink') plain = false;
    if (kind === 'SortBy' && body.sortby_dir === 'SORTBY_USING') plain = false;
    if (kind !== 'FuncCall') return;
    const names = namesOf(body.funcname as Node[]);
    const schema = names.length > 1 ? names[0] : undefined;
    const known = catalog.function(schema, names.at(-1) ?? '');
    if (known?.volatility === 'volatile' || placement.isAggregate(names)) plain = false;
  });
  walk(args, (kind) => {
    if (kind === 'ColumnRef' && sets) plain = false;
  });
  return plain;
}

/** A value of the rows, and what it is compared with: of one type. */
interface Compared {
  readonly value: Node;
  readonly given: Node;
  readonly type: DescribedColumn;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** The types in which PostgreSQL compares them are those of a COALESCE (parse_func.c, `unify_hypothetical_args`). */
async function comparedValues(
  calls: readonly FuncCall[],
  { fromClause, withClause }: SelectStmt,
  context: PlanContext,
): Promise<Compared[][]> {
  const pairs = calls.map((call) =>
    (call.agg_order ?? []).map((item, i) => {
      const by = bodyOf(item, 'SortBy');
      return { by, value: by?.node as Node, given: call.args?.[i] as Node };
    }),
  );
  const nodes = pairs
    .flat()
    .flatMap(({ value, given }) => [
      expression('coalesce(v, g)', { v: value, g: given }),
      value,
      given,
    ]);
  const probe = selectOf(
    nodes.map((node, i) => targetNode(node, `c${i}`)),
    { ...(fromClause && { fromClause }), ...(withClause && { withClause }) },
  );
  const columns = await describeSelect(probe, context);
  let next = 0;
  return pairs.map((items) =>
    items.map(({ by, value, given }): Compared => {
      const [type, ofValue, ofGiven] = columns.slice(next, next + 3) as [
        DescribedColumn,
        DescribedColumn,
        DescribedColumn,
      ];
      next += 3;
      const descending = by?.sortby_dir === 'SORTBY_DESC';
      const nulls = by?.sortby_nulls;
      return {
        value: asType(value, ofValue, type),
        given: asType(given, ofGiven, type),
        type,
        descending,
        nullsFirst: nulls === 'SORTBY_NULLS_FIRST' || (nulls !== 'SORTBY_NULLS_LAST' && descending),
      };
    }),
  );
}

function asType(node: Node, from: DescribedColumn, to: DescribedColumn): Node {
  if (from.typeName === to.typeName) return node;
  // `character` is character(1).
  const bare = to.internalType === 'bpchar' && !to.typeName.includes('(');
  return castNode(node, bare ? 'bpchar' : to.typeName);
}

function countOf(
  call: FuncCall,
  rank: Rank,
  values: readonly Compared[],
  binding: Binding,
  { catalog }: PlanContext,
): Node | undefined {
  const [first, another] = values;
  if (first === undefined || values.some(({ type }) => isRecord(type))) return undefined;
  const filter = call.agg_filter;
  const where = (condition: Node): Node => andNode([...conjuncts(filter), condition]) as Node;
  const before = where(sortsBefore(values, rank === 'cume_dist'));
  const all = filter
    ? expression('count(*) filter (where f)', { f: filter })
    : expression('count(*)');
  switch (rank) {
    case 'rank':
      return expression('1 + count(*) filter (where b)', { b: before });
    case 'percent_rank':
      return expression('coalesce((count(*) filter (where b))::float8 / nullif(n, 0)::float8, 0)', {
        b: before,
        n: all,
      });
    case 'cume_dist':
      return expression('((count(*) filter (where b)) + 1)::float8 / (n + 1)::float8', {
        b: before,
        n: all,
      });
    case 'dense_rank': {
      const { value } = first;
      const nodes: Node = { RowExpr: { args: [value, first.given] } };
      if (another !== undefined || !textOrder(nodes, undefined, binding, catalog).deterministic)
        return undefined;
      // DISTINCT counts no NULL, which is one more value to sort before.
      const none = andNode([
        ...conjuncts(before),
        expression('v is not distinct from null', { v: value }),
      ]) as Node;
      return expression(
        '1 + count(distinct v) filter (where b) + least(count(*) filter (where n), 1)',
        { v: value, b: before, n: none },
      );
    }
  }
}

/** Whether a row sorts before the given values: by the first of them that is not the same. */
function sortsBefore(values: readonly Compared[], orEqual: boolean): Node {
  const ways: Node[] = [];
  const same: Node[] = [];
  for (const { value, given, descending, nullsFirst } of values) {
    const parts = { v: value, g: given };
    // IS NULL would ask for the fields of a row value.
    const nulls = nullsFirst
      ? 'v is not distinct from null and g is distinct from null'
      : 'g is not distinct from null and v is distinct from null';
    const less = expression(descending ? 'v > g' : 'v < g', parts);
    ways.push(andNode([...same, less]) as Node);
    ways.push(andNode([...same, ...conjuncts(expression(nulls, parts))]) as Node);
    same.push(expression('v is not distinct from g', parts));
  }
  if (orEqual) ways.push(andNode(same) as Node);
  return { BoolExpr: { boolop: 'OR_EXPR', args: ways } };
}
