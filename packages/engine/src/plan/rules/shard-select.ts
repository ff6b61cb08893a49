/** The answer row by row: what every shard is asked when it can compute its own rows, and how they are put in order. */
import type { Combine, SortKey } from '@millrace/operators';
import { targetNode } from '../../sql/build.js';
import { bodyOf, type Node, type SelectStmt } from '../../sql/tree.js';
import { treeText } from '../../sql/walk.js';
import type { Binding, Block } from '../binder/block.js';
import { columnKey } from '../binder/block.js';
import { emit } from '../emit.js';
import { type DescribedColumn, orderOf, type PlanContext } from '../plan-context.js';
import { followItem } from '../spread/keys.js';
import { outputOrder, textOrder } from './collation.js';

/** One key of an ORDER BY, found among the columns that a shard gives. */
export interface PlannedSort {
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  /** The expression, and the column where it is one, of the statement: for its collation. */
  readonly node: Node | undefined;
  readonly item: Node;
}

export interface SortedSelect {
  readonly select: SelectStmt;
  readonly sort: readonly PlannedSort[];
  /** Columns of the statement itself; those that follow are there to sort by. */
  readonly width: number;
  /** The columns of DISTINCT ON. */
  readonly distinctOn: readonly number[];
}

/** A SELECT with its sort keys among its columns: those that it does not have are added at the end. */
export function withSortColumns(block: Block, binding: Binding): SortedSelect {
  const { select } = block;
  const hidden: Node[] = [];
  const width = block.outputs.length;
  const texts = block.outputs.map(({ node, column }) => {
    if (column !== undefined) return columnKey(column);
    return node === undefined ? undefined : boundText(node, binding);
  });
  const find = (item: Node): { column: number; node: Node | undefined } => {
    const followed = followItem(item, block, binding);
    if (followed.output !== undefined) return { column: followed.output, node: followed.node };
    const node = followed.node as Node;
    const text = followed.column ? columnKey(followed.column) : boundText(node, binding);
    const known = texts.indexOf(text);
    if (known >= 0) return { column: known, node };
    texts.push(text);
    return { column: width + hidden.push(node) - 1, node };
  };
  const sort = (select.sortClause ?? []).map((item): PlannedSort => {
    const by = bodyOf(item, 'SortBy');
    const descending = by?.sortby_dir === 'SORTBY_DESC';
    const nulls = by?.sortby_nulls;
    const nullsFirst =
      nulls === 'SORTBY_NULLS_FIRST' || (nulls !== 'SORTBY_NULLS_LAST' && descending);
    return { ...find(by?.node as Node), descending, nullsFirst, item };
  });
  const on = (select.distinctClause ?? []).filter((item) => Object.keys(item ?? {}).length > 0);
  const distinctOn = on.map((item) => find(item).column);
  if (hidden.length === 0) return { select, sort, width, distinctOn };
  const added = hidden.map((node, i) => targetNode(node, `millrace_sort_${i}`));
  const targetList = [...(select.targetList ?? []), ...added];
  return { select: { ...select, targetList }, sort, width, distinctOn };
}

/** The keys as a merge compares them; undefined where only a server can. */
export function sortKeys(
  sort: readonly PlannedSort[],
  columns: readonly DescribedColumn[],
  block: Block,
  binding: Binding,
  { catalog }: PlanContext,
): SortKey[] | undefined {
  const keys = sort.map(({ column, descending, nullsFirst, node, item }): SortKey | undefined => {
    if (bodyOf(item, 'SortBy')?.sortby_dir === 'SORTBY_USING') return undefined;
    const text =
      column < block.outputs.length
        ? outputOrder(block, column, binding, catalog)
        : textOrder(node, undefined, binding, catalog);
    const order = orderOf(columns[column] as DescribedColumn, text, 'order');
    return order && { column, order, descending, nullsFirst };
  });
  return keys.every((key) => key !== undefined) ? keys : undefined;
}

/** Distinct rows, compared here; undefined where only a server can. */
export function distinctRows(
  columns: readonly DescribedColumn[],
  block: Block,
  binding: Binding,
  { catalog }: PlanContext,
): Combine | undefined {
  const keys = columns.map((column, index) => {
    const order = orderOf(column, outputOrder(block, index, binding, catalog), 'equality');
    return order && { column: index, order };
  });
  if (!keys.every((key) => key !== undefined)) return undefined;
  return { kind: 'aggregate', keys, accumulators: [] };
}

/** A text of an expression in which each column is named by what it means. */
export function boundText(node: Node, binding: Binding): string {
  return treeText(node, (part) => {
    const reference = bodyOf(part, 'ColumnRef');
    const column = reference && binding.columns.get(reference);
    return column === undefined ? undefined : `#${columnKey(column)}`;
  });
}

/** What a server says a SELECT gives. */
export async function describeSelect(
  select: SelectStmt,
  context: PlanContext,
): Promise<readonly DescribedColumn[]> {
  return (await context.describe(emit(select, context.emit).sql)).columns;
}
