/** What a subquery compares with the outer row. */
import { bodyOf, type Node, textOf } from '../../sql/tree.js';
import { walk } from '../../sql/walk.js';
import { type Binding, type Block, type Column, columnKey } from '../binder/block.js';

export interface Equality {
  /** Of the subquery, and of the outer row. */
  readonly inner: Node;
  readonly outer: Node;
}

export function equalityOf(term: Node, block: Block, binding: Binding): Equality | undefined {
  const comparison = bodyOf(term, 'A_Expr');
  if (comparison?.kind !== 'AEXPR_OP' || textOf(comparison.name?.at(-1)) !== '=') return undefined;
  const { lexpr, rexpr } = comparison;
  if (lexpr === undefined || rexpr === undefined) return undefined;
  const isInner = (node: Node): boolean => !outerIn(node, block, binding);
  const isOuter = (node: Node): boolean => innerColumns([node], block, binding).length === 0;
  if (isInner(lexpr) && isOuter(rexpr)) return { inner: lexpr, outer: rexpr };
  if (isInner(rexpr) && isOuter(lexpr)) return { inner: rexpr, outer: lexpr };
  return undefined;
}

/** Whether a part of a subquery uses columns from around it. */
export function outerIn(part: unknown, block: Block, binding: Binding): boolean {
  let found = false;
  walk(part, (kind, body) => {
    const column = kind === 'ColumnRef' ? binding.columns.get(body) : undefined;
    if (column !== undefined && block.outerColumns.has(column)) found = true;
    if (
      column !== undefined &&
      [...block.outerColumns].some((outer) => columnKey(outer) === columnKey(column))
    )
      found = true;
  });
  return found;
}

/** The columns of a subquery that terms use. */
export function innerColumns(terms: readonly Node[], block: Block, binding: Binding): Column[] {
  const found = new Map<string, Column>();
  walk(terms, (kind, body) => {
    const column = kind === 'ColumnRef' ? binding.columns.get(body) : undefined;
    if (column !== undefined && column.relation.block === block)
      found.set(columnKey(column), column);
  });
  return [...found.values()];
}
