/** The type that a column is declared with: a server describes a domain as what it is made of. */
import { bodyOf, type Node } from '../../sql/tree.js';
import type { Binding, Block, Column } from '../binder/block.js';
import type { PlanContext } from '../plan-context.js';

type Staged = Pick<PlanContext, 'staged'>;

/** Of an expression that is a column; undefined for others. */
export function declaredType(
  node: Node | undefined,
  binding: Binding,
  context: Staged,
): string | undefined {
  const reference = bodyOf(node, 'ColumnRef');
  const column = reference && binding.columns.get(reference);
  return column && columnType(column, binding, context);
}

/** Of an output column of a SELECT; of a set operation's, where its arms agree. */
export function outputType(
  block: Block,
  index: number,
  binding: Binding,
  context: Staged,
): string | undefined {
  if (block.arms !== undefined) {
    const [left, right] = block.arms.map((arm) => outputType(arm, index, binding, context));
    return left === right ? left : undefined;
  }
  for (const { select, columns } of context.staged.values()) {
    if (select === block.select) return columns[index]?.typeName;
  }
  const output = block.outputs[index];
  return output?.column === undefined
    ? declaredType(output?.node, binding, context)
    : columnType(output.column, binding, context);
}

function columnType(
  { relation, index }: Column,
  binding: Binding,
  context: Staged,
): string | undefined {
  const column = relation.columns[index];
  if (column?.same !== undefined) return columnType(column.same, binding, context);
  if (column?.catalog !== undefined) return column.catalog.typeName;
  const { source } = relation;
  if (source.kind === 'subquery') return outputType(source.block, index, binding, context);
  // A recursive query's type is that of its first arm, whose column may be of another one.
  if (source.kind !== 'cte' || source.cte.recursive || source.cte.block === undefined)
    return undefined;
  return outputType(source.cte.block, index, binding, context);
}
