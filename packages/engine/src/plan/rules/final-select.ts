/** The second half of a SELECT: its expressions, HAVING, ORDER BY and LIMIT over rows that have been brought together. */

import { columnNode, targetNode } from '../../sql/build.js';
import { columnName } from '../../sql/column-name.js';
import { bodyOf, kindOf, type Node, type SelectStmt } from '../../sql/tree.js';
import { replaceNodes } from '../../sql/walk.js';
import { type Binding, type Block, baseColumn, type Column, columnKey } from '../binder/block.js';

/** What an expression of the statement is over the rows brought together; undefined: look at its parts. */
export type Translate = (node: Node) => Node | undefined;

/** A column as an expression: by its relation's name. The binding knows what it means. */
export function columnExpression(column: Column, binding: Binding): Node {
  const { relation, index } = baseColumn(column);
  const name = relation.columns[index]?.name ?? '';
  const node =
    relation.source.kind === 'merged' ? columnNode(name) : columnNode(relation.name, name);
  binding.columns.set(bodyOf(node, 'ColumnRef') as object, { relation, index });
  return node;
}

/** The targets of a SELECT with stars written out, each with its name. */
export function namedTargets(
  block: Block,
  binding: Binding,
): { readonly node: Node; readonly name: string }[] {
  const targets = block.select.targetList ?? [];
  const named = targets.flatMap((target) => {
    const value = bodyOf(target, 'ResTarget')?.val;
    const fields = bodyOf(value, 'ColumnRef')?.fields ?? [];
    const isStar = bodyOf(fields.at(-1), 'A_Star') !== undefined;
    return isStar ? [] : [{ node: value as Node, name: columnName(target) }];
  });
  if (named.length === block.outputs.length) return named;
  return block.outputs.map(({ node, column, name }) => ({
    name,
    node: node ?? columnExpression(column as Column, binding),
  }));
}

/**
 * The SELECT over `from`: everything that comes after FROM and WHERE, translated.
 *
 * @param grouped whether GROUP BY and HAVING are still to be done; otherwise HAVING is a condition
 */
export function finalSelect(
  block: Block,
  binding: Binding,
  from: Node,
  translate: Translate,
  {
    grouped,
    groupClause,
  }: { readonly grouped: boolean; readonly groupClause?: Node[] | undefined },
): SelectStmt {
  const { select } = block;
  const rewrite = <Part>(part: Part): Part =>
    replaceNodes(part, (_kind, _body, node) => translate(node));
  const {
    whereClause: _where,
    targetList: _targets,
    groupClause: _groups,
    havingClause,
    withClause,
    ...rest
  } = select;
  const having = rewrite(havingClause);
  const byOutput = (item: Node): Node => sortItem(item, block, rewrite);
  return {
    ...rest,
    ...(withClause !== undefined && { withClause }),
    targetList: namedTargets(block, binding).map(({ node, name }) =>
      targetNode(rewrite(node), name),
    ),
    fromClause: [from],
    ...(!grouped && having !== undefined && { whereClause: having }),
    ...(grouped && having !== undefined && { havingClause: having }),
    ...(grouped && groupClause !== undefined && groupClause.length > 0 && { groupClause }),
    ...(select.distinctClause && {
      distinctClause: select.distinctClause.map((item) =>
        isEmpty(item) ? item : outputOr(item, block, rewrite),
      ),
    }),
    ...(select.windowClause && { windowClause: rewrite(select.windowClause) }),
    ...(select.sortClause && { sortClause: select.sortClause.map(byOutput) }),
    ...(select.limitCount && { limitCount: select.limitCount }),
    ...(select.limitOffset && { limitOffset: select.limitOffset }),
  };
}

function isEmpty(node: Node | undefined): boolean {
  return node === undefined || kindOf(node) === '';
}

/** A key that names an output column, by its name or its number, stays as it is. */
function outputOr(item: Node, block: Block, rewrite: (node: Node) => Node): Node {
  const reference = bodyOf(item, 'ColumnRef');
  const named =
    reference?.fields?.length === 1 &&
    block.outputs.some(({ name }) => name === nameIn(reference.fields));
  if (bodyOf(item, 'A_Const')?.ival !== undefined) return item;
  return named && !isInput(item, block) ? item : rewrite(item);
}

function nameIn(fields: Node[] | undefined): string | undefined {
  return bodyOf(fields?.[0], 'String')?.sval;
}

/** Whether ORDER BY's lone name means an input column: then it is not the name of an output. */
function isInput(item: Node, block: Block): boolean {
  const name = nameIn(bodyOf(item, 'ColumnRef')?.fields);
  return !block.outputs.some((output) => output.name === name);
}

function sortItem(item: Node, block: Block, rewrite: (node: Node) => Node): Node {
  const by = bodyOf(item, 'SortBy');
  if (by?.node === undefined) return item;
  return { SortBy: { ...by, node: outputOr(by.node, block, rewrite) } };
}

/** The columns of a SELECT's own FROM that an expression uses, in the order in which they are met. */
export function usedColumns(part: unknown, block: Block, binding: Binding): Column[] {
  const found = new Map<string, Column>();
  const look = (item: unknown): void => {
    replaceNodes(item, (kind, body) => {
      const column = kind === 'ColumnRef' ? binding.columns.get(body) : undefined;
      if (column !== undefined && column.relation.block === block)
        found.set(columnKey(column), column);
      return undefined;
    });
  };
  look(part);
  return [...found.values()];
}
