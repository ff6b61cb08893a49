/** By which collation an expression's texts are compared, as far as it can be told from its columns. */
import { bodyOf, type Node, namesOf, type SelectStmt } from '../../sql/tree.js';
import type { Catalog } from '../../topology/catalog.js';
import type { Binding, Block, Column } from '../binder/block.js';
import type { DescribedColumn, PlanContext } from '../plan-context.js';
import { visitCollationSources } from './collation-sources.js';
import { declaredType } from './declared-type.js';
import { isCollatable } from './stage-kind.js';

export interface TextOrder {
  /** Fit for COLLATE; undefined: the default. */
  readonly collation: string | undefined;
  readonly byteOrder: boolean;
  readonly deterministic: boolean;
  /** By a COLLATE of the statement. */
  readonly explicit?: boolean;
}

const BYTES = new Set(['C', 'POSIX', 'ucs_basic']);

/** The order of texts of an expression. Where several collations meet, none is believed to be of bytes. */
export function textOrder(
  node: Node | undefined,
  column: Column | undefined,
  binding: Binding,
  catalog: Catalog,
): TextOrder {
  const orders =
    column === undefined
      ? ordersIn(node, binding, catalog)
      : [columnOrder(column, binding, catalog)];
  return combined(
    orders.filter((order) => order !== undefined),
    catalog,
  );
}

/** The order of an output column of a SELECT; of a set operation's, that of all its arms together. */
export function outputOrder(
  block: Block,
  index: number,
  binding: Binding,
  catalog: Catalog,
): TextOrder {
  if (block.arms !== undefined) {
    return combined(
      block.arms.map((arm) => outputOrder(arm, index, binding, catalog)),
      catalog,
    );
  }
  const output = block.outputs[index];
  return textOrder(output?.node, output?.column, binding, catalog);
}

/** An explicit collation goes before those of columns, and any other before the default. */
function combined(orders: readonly TextOrder[], catalog: Catalog): TextOrder {
  const explicit = orders.find((order) => order.explicit);
  if (explicit !== undefined) return explicit;
  let result: TextOrder | undefined;
  for (const order of orders) {
    if (result === undefined) result = order;
    else if (result.collation !== order.collation) {
      result = {
        collation: result.collation ?? order.collation,
        byteOrder: result.byteOrder && order.byteOrder,
        deterministic: result.deterministic && order.deterministic,
      };
    }
  }
  const byteOrder = catalog.defaultCollationByteOrder;
  return result ?? { collation: undefined, byteOrder, deterministic: true };
}

function explicitOrder(collname: Node[] | undefined): TextOrder {
  const names = namesOf(collname);
  const bytes = BYTES.has(names.at(-1) ?? '');
  // Whether another one is deterministic is not known here.
  return { collation: quoted(names), byteOrder: bytes, deterministic: bytes, explicit: true };
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name.replaceAll('"', '""')}"`).join('.');
}

function ordersIn(
  node: Node | undefined,
  binding: Binding,
  catalog: Catalog,
): (TextOrder | undefined)[] {
  const orders: (TextOrder | undefined)[] = [];
  visitCollationSources(node, (kind, body) => {
    if (kind === 'CollateClause') orders.push(explicitOrder(body.collname as Node[]));
    const column = kind === 'ColumnRef' ? binding.columns.get(body) : undefined;
    if (column !== undefined) orders.push(columnOrder(column, binding, catalog));
    return kind === 'CollateClause' ? false : undefined;
  });
  return orders;
}

/** The order of a column; of a subquery's, that of the column it is. */
function columnOrder(
  { relation, index }: Column,
  binding: Binding,
  catalog: Catalog,
): TextOrder | undefined {
  const column = relation.columns[index];
  if (column?.same !== undefined) return columnOrder(column.same, binding, catalog);
  if (column?.catalog !== undefined) {
    const { collation, byteOrder, deterministic, internalType } = column.catalog;
    if (!/^_?(text|varchar|bpchar|name|citext)$/.test(internalType)) return undefined;
    return { collation, byteOrder, deterministic };
  }
  const { source } = relation;
  const block =
    source.kind === 'subquery'
      ? source.block
      : source.kind === 'cte'
        ? source.cte.block
        : undefined;
  return block === undefined ? undefined : outputOrder(block, index, binding, catalog);
}

/** The columns of a SELECT, with the collations of its targets, and their own types where they are columns. */
export function collate(
  columns: readonly DescribedColumn[],
  { targetList }: SelectStmt,
  binding: Binding,
  context: PlanContext,
): readonly (DescribedColumn & { readonly collation: string | undefined })[] {
  return columns.map((column, i) => {
    const node = bodyOf(targetList?.[i], 'ResTarget')?.val;
    const { collation } = textOrder(node, undefined, binding, context.catalog);
    const typeName = declaredType(node, binding, context) ?? column.typeName;
    return { ...column, typeName, collation: isCollatable(column) ? collation : undefined };
  });
}
