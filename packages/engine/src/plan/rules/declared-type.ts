/** The type that a column is declared with: a server describes a domain as what it is made of. */
import { bodyOf, type Node } from '../../sql/tree.js';
import type { Binding, Block, Column } from '../binder/block.js';

/** Of an expression that is a column; undefined for others. */
export function declaredType(node: Node | undefined, binding: Binding): string | undefined {
  const reference = bodyOf(node, 'ColumnRef');
  const column = reference && binding.columns.get(reference);
  return column && columnType(column, binding);
}

/** Of an output column of a SELECT; of a set operation's, where its arms agree. */
export function outputType(block: Block, index: number, binding: Binding): string | undefined {
  if (block.arms !== undefined) {
    const [left, right] = block.arms.map((arm) => outputType(arm, index, binding));
    return left === right ? left : undefined;
  }
  const output = block.outputs[index];
  return output?.column === undefined
    ? declaredType(output?.node, binding)
    : columnType(output.column, binding);
}

function columnType({ relation, index }: Column, binding: Binding): string | undefined {
  const column = relation.columns[index];
  if (column?.same !== undefined) return columnType(column.same, binding);
  if (column?.catalog !== undefined) return column.catalog.typeName;
  const { source } = relation;
  if (source.kind === 'subquery') return outputType(source.block, index, binding);
  // A recursive query's type is that of its first arm, whose column may be of another one.
  if (source.kind !== 'cte' || source.cte.recursive || source.cte.block === undefined)
    return undefined;
  return outputType(source.cte.block, index, binding);
}
