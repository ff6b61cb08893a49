/** Whether it pays to name candidates first, by the tables' statistics; the figures are in bench/README.md. */
import { integerNode, selectOf, targetNode } from '../../sql/build.js';
import { bodyOf } from '../../sql/tree.js';
import type { ColumnStatistics } from '../../topology/column-statistics.js';
import { type Binding, type Block, baseColumn, type Column } from '../binder/block.js';
import type { LimitValue } from '../distributed-plan.js';
import { emit } from '../emit.js';
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
const LEAST_GROUPS = 100_000;
/**
 * The same where some groups are much larger than others. `n_distinct` is taken from a sample, which then misses most of the small
 * ones: of 100,000 groups by Zipf's law ANALYZE sees some 17,000, of 200,000 some 23,000.
 */
const LEAST_UNEVEN_GROUPS = 20_000;
/** A limit whose value is not known when planning is taken for this. */
const USUAL_ROWS = 100;
/** There are so many times more groups than are wanted. */
const GROUPS_A_ROW = 100;
/** The groups wanted stand out: the last of them has so many times the rows of one at the end of the list. */
const STANDS_OUT = 2;
/** Groups are uneven where the most frequent one is so many times larger than can be by chance. */
const UNEVEN = 10;
/** Extremes of groups are told apart by the values they are taken from: there are so many for each group wanted, and so many in all. */
const VALUES_A_ROW = 100;
const LEAST_VALUES = 10_000;
/** Bytes of a key. */
const WIDEST_KEY = 1_000;
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
  const { columns } = found;
  const rows = await expectedRows(binding.root, found.rows, context);
  if (rows === undefined)
    return { pays: false, reason: 'how many rows there are hangs on parameters', depth: 0 };
  const distinct = columns.map((column) =>
    column.distinct < 0 ? -column.distinct * found.rows : column.distinct,
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
  const uneven = columns.length === 1 && isUneven(columns[0] as ColumnStatistics, { rows, groups });
  if (groups < (uneven ? LEAST_UNEVEN_GROUPS : LEAST_GROUPS) || groups < GROUPS_A_ROW * wanted)
    return no('too few to leave most of them out');
  if (columns.reduce((sum, { width }) => sum + width, 0) > WIDEST_KEY)
    return no('their keys are too long to be sent back');
  if (
    ranking.bound !== 'sum' &&
    ranking.tiesMatter &&
    !(await differ(ranking, wanted, binding, context))
  )
    return no('many may be equal by the aggregate');
  if (ranking.bound === 'sum') {
    const [column] = columns;
    if (column === undefined || columns.length > 1)
      return no('how frequent groups of several columns are is not known');
    if (!standsOut(column, { rows, groups, wanted, depth }))
      return no('they are not much larger than others');
  }
  return { pays: true, reason: estimate, depth };
}

/** Rows that a shard groups: those of the table, or what it expects of a join and a WHERE; undefined: that hangs on parameters. */
async function expectedRows(
  { select, from }: Block,
  tableRows: number,
  context: PlanContext,
): Promise<number | undefined> {
  const { fromClause = [], whereClause, withClause } = select;
  if (whereClause === undefined && from.length === 1 && bodyOf(fromClause[0], 'RangeVar'))
    return tableRows;
  const { sql, parameters } = emit(
    selectOf([targetNode(integerNode(1))], {
      fromClause,
      ...(whereClause && { whereClause }),
      ...(withClause && { withClause }),
    }),
    context.emit,
  );
  return parameters.length > 0 ? undefined : context.estimateRows(sql);
}

/** Whether the most frequent group has far more rows than the mean. */
function isUneven(
  { frequencies: [most = 0] }: ColumnStatistics,
  { rows, groups }: { readonly rows: number; readonly groups: number },
): boolean {
  return most * rows >= largestOfAlike(rows / groups) * UNEVEN;
}

/** About how many rows the largest of groups has that are alike, by their mean. */
function largestOfAlike(mean: number): number {
  return mean + 4 * Math.sqrt(mean) + 1;
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
  return last * rows >= STANDS_OUT * largestOfAlike(rest);
}

function rowsOf(value: LimitValue | undefined, none: number = USUAL_ROWS): number {
  if (value === undefined) return none;
  return value.kind === 'number' ? value.value : none;
}

/** Whether the greatest values of groups are hardly ever the same, because there are so many values. */
async function differ(
  { call }: Ranking,
  wanted: number,
  binding: Binding,
  context: PlanContext,
): Promise<boolean> {
  const [node] = bodyOf(call, 'FuncCall')?.args ?? [];
  const text = '';
  const found = node && (await statisticsOf([{ text, node }], binding, context));
  const [column] = found?.columns ?? [];
  if (found === undefined || column === undefined) return false;
  const values = column.distinct < 0 ? -column.distinct * found.rows : column.distinct;
  return values >= VALUES_A_ROW * wanted && values >= LEAST_VALUES;
}

/** Statistics of keys that all are columns of one table, and its rows on a shard. */
async function statisticsOf(
  keys: readonly Key[],
  binding: Binding,
  context: PlanContext,
): Promise<{ readonly rows: number; readonly columns: readonly ColumnStatistics[] } | undefined> {
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
