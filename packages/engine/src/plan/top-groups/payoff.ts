/** Whether it pays to name candidates first, by the tables' statistics; the figures are in bench/README.md. */
import type { ColumnStatistics } from '../../topology/column-statistics.js';
import { type Binding, baseColumn, type Column } from '../binder/block.js';
import type { LimitValue } from '../distributed-plan.js';
import type { PlanContext } from '../plan-context.js';
import type { Key } from '../rules/group-keys.js';
import { columnOf } from '../spread/equalities.js';
import type { Ranking } from './ranking.js';

export interface Payoff {
  readonly pays: boolean;
  /** In words, with the estimates. */
  readonly reason: string;
  /** Groups that each shard names first, beyond those that are wanted. */
  readonly depth: number;
}

/** Below so many groups on a shard, all of them are merged while it would scan its rows once more. */
const LEAST_GROUPS = 50_000;
/** A limit whose value is not known when planning is taken for this. */
const USUAL_ROWS = 100;
/** There are so many times more groups than are wanted. */
const GROUPS_A_ROW = 100;
/** The groups wanted stand out: the last of them has so many times the rows of one at the end of the list. */
const STANDS_OUT = 2;
/** A shard names one group of so many, but not more than this. */
const GROUPS_A_NAME = 64;
const DEEPEST = 4_096;

/** Weighs the keys' statistics on one shard. */
export async function payoffOf(
  keys: readonly Key[],
  ranking: Ranking,
  binding: Binding,
  context: PlanContext,
): Promise<Payoff> {
  const found = await statisticsOf(keys, binding, context);
  if (found === undefined)
    return { pays: false, reason: 'no statistics tell how many groups there are', depth: 0 };
  const { rows, columns } = found;
  const distinct = columns.map((column) =>
    column.distinct < 0 ? -column.distinct * rows : column.distinct,
  );
  const groups = Math.round(
    Math.min(
      rows,
      distinct.reduce((product, count) => product * count, 1),
    ),
  );
  const wanted = rowsOf(ranking.limit.count) + rowsOf(ranking.limit.offset, 0);
  const depth = Math.min(Math.ceil(groups / GROUPS_A_NAME), DEEPEST);
  const estimate = `about ${groups.toLocaleString('en-US')} groups a shard for ${wanted} of them`;
  const no = (reason: string): Payoff => ({ pays: false, reason: `${estimate}: ${reason}`, depth });
  if (groups < LEAST_GROUPS || groups < GROUPS_A_ROW * wanted)
    return no('too few to leave most of them out');
  if (ranking.bound === 'sum') {
    const [column] = columns;
    if (column === undefined || columns.length > 1)
      return no('how frequent groups of several columns are is not known');
    if (!standsOut(column, { rows, groups, wanted, depth }))
      return no('they are not much larger than others');
  }
  return { pays: true, reason: estimate, depth };
}

/** Whether the last of the groups wanted is far above those that a shard does not name, so that these cannot be among the first. */
function standsOut(
  { frequencies }: ColumnStatistics,
  {
    rows,
    groups,
    wanted,
    depth,
  }: {
    readonly rows: number;
    readonly groups: number;
    readonly wanted: number;
    readonly depth: number;
  },
): boolean {
  const last = frequencies[wanted - 1];
  if (last === undefined) return false;
  const edge = frequencies[Math.max(depth, wanted) - 1];
  if (edge !== undefined) return last >= STANDS_OUT * edge;
  const known = frequencies.reduce((sum, share) => sum + share, 0);
  const rest = ((1 - known) * rows) / Math.max(groups - frequencies.length, 1);
  // The largest of groups that are alike are so much larger than their mean.
  return last * rows >= STANDS_OUT * (rest + 4 * Math.sqrt(rest) + 1);
}

function rowsOf(value: LimitValue | undefined, none: number = USUAL_ROWS): number {
  if (value === undefined) return none;
  return value.kind === 'number' ? value.value : none;
}

/** Statistics of keys that all are columns of one table, and its rows on a shard. */
async function statisticsOf(
  keys: readonly Key[],
  binding: Binding,
  context: PlanContext,
): Promise<
  { readonly rows: number; readonly columns: readonly ColumnStatistics[] } | undefined
> {
  const columns = keys.map(({ node }) => tableColumn(columnOf(node, binding)));
  const [first] = columns;
  if (first === undefined || !columns.every((column) => column !== undefined)) return undefined;
  if (columns.some(({ relation }) => relation !== first.relation)) return undefined;
  const { source } = first.relation;
  if (source.kind !== 'table' || source.catalog.estimatedRows <= 0) return undefined;
  const names = columns.map(({ relation, index }) => relation.columns[index]?.name ?? '');
  const known = await context.statistics(source.catalog, names);
  const all = names.map((name) => known.get(name));
  if (!all.every((one) => one !== undefined)) return undefined;
  return { rows: source.catalog.estimatedRows, columns: all };
}

/** The column of a table that a column is, also through subqueries. */
function tableColumn(column: Column | undefined): Column | undefined {
  if (column === undefined) return undefined;
  const base = baseColumn(column);
  const { source } = base.relation;
  if (source.kind === 'table') return base.index < 0 ? undefined : base;
  const block =
    source.kind === 'subquery'
      ? source.block
      : source.kind === 'cte'
        ? source.cte.block
        : undefined;
  return tableColumn(block?.outputs[base.index]?.column);
}
