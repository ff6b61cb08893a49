/** A condition that holds for the rows of an outer join but those that are filled with NULLs. */
import { columnNode, expression, stringNode } from '../../sql/build.js';
import type { Node } from '../../sql/tree.js';
import {
  type Binding,
  type Column,
  columnKey,
  type FromItem,
  type Relation,
} from '../binder/block.js';
import { relationsOf } from '../spread/from-items.js';
import { joinedColumns } from '../spread/kept-rows.js';
import type { KeptRows } from '../spread/obstacle.js';

/** Whether a row has a partner on the filled side, or is that side's own. Undefined where it cannot be told. */
export function partnerTest({ join, filled }: KeptRows, binding: Binding): Node | undefined {
  const column = joinColumn({ join, filled }, binding) ?? ownColumn(filled);
  if (column !== undefined) {
    const { relation, index } = column;
    const value = columnNode(relation.name, relation.columns[index]?.name ?? '');
    return expression('value is not null', { value });
  }
  const relations = witnesses(filled);
  if (relations === undefined) return undefined;
  const rows = relations.map(
    ({ name }): Node => ({ ColumnRef: { fields: [stringNode(name), { A_Star: {} }] } }),
  );
  const call: Node = {
    FuncCall: {
      funcname: [stringNode('pg_catalog'), stringNode('num_nonnulls')],
      args: rows,
      funcformat: 'COERCE_EXPLICIT_CALL',
    },
  };
  return expression('number > 0', { number: call });
}

/** A column that the condition says has a value: rows of the filled side that come out alone may be without. */
function joinColumn(
  { join, filled }: Pick<KeptRows, 'join' | 'filled'>,
  binding: Binding,
): Column | undefined {
  if (join.type === 'full') return undefined;
  const joined = joinedColumns(join, binding);
  return columnsOf(relationsOf(filled)).find((column) => joined.has(columnKey(column)));
}

/** A NOT NULL column of a table that all rows of the filled side have. */
function ownColumn(filled: FromItem): Column | undefined {
  const relations = witnesses(filled);
  if (relations?.length !== 1) return undefined;
  return columnsOf(relations).find(
    ({ relation, index }) => relation.columns[index]?.catalog?.notNull === true,
  );
}

function columnsOf(relations: readonly Relation[]): Column[] {
  return relations.flatMap((relation) => relation.columns.map((_, index) => ({ relation, index })));
}

/** Relations of which each row of an item has at least one. A function's row may be NULL itself. */
function witnesses(item: FromItem): readonly Relation[] | undefined {
  if (item.kind === 'relation') {
    return item.relation.source.kind === 'function' ? undefined : [item.relation];
  }
  const [left, right] = [witnesses(item.left), witnesses(item.right)];
  switch (item.type) {
    case 'left':
      return left;
    case 'right':
      return right;
    case 'inner':
      return left ?? right;
    case 'full':
      return left && right && [...left, ...right];
  }
}
