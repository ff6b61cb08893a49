/** Resolves the names of a statement, SELECT by SELECT, from the outermost inwards. */
import { columnName } from '../../sql/column-name.js';
import {
  bodyOf,
  type FuncCall,
  type Node,
  namesOf,
  type SelectStmt,
  type WithClause,
} from '../../sql/tree.js';
import { walk } from '../../sql/walk.js';
import type { BindContext, FindTable, Surroundings } from './bind-context.js';
import { bindFrom } from './bind-from.js';
import {
  BindError,
  type Binding,
  type Block,
  type Clause,
  type Cte,
  type OutputColumn,
} from './block.js';
import { resolve, resolveRelation, starColumns } from './scope.js';

/**
 * Binds a statement.
 *
 * @throws BindError for what it cannot follow
 */
export function bind(select: SelectStmt, table: FindTable): Binding {
  const context: BindContext = {
    table,
    select: (inner, around) => bindSelect(inner, around, context),
    expression: (expression, clause, block) => bindExpression(expression, clause, block, context),
    columns: new Map(),
    outputs: new Map(),
    blocks: new Map(),
    nextId: 1,
  };
  const root = bindSelect(select, { outer: undefined, ctes: new Map() }, context);
  return { root, columns: context.columns, outputs: context.outputs, blocks: context.blocks };
}

function bindSelect(select: SelectStmt, around: Surroundings, context: BindContext): Block {
  const ctes = bindWith(select.withClause, around, context);
  const block: Block = {
    select,
    outer: around.outer,
    ctes,
    from: [],
    relations: [],
    outputs: [],
    sublinks: [],
    calls: [],
    arms: undefined,
    outerColumns: new Set(),
  };
  context.blocks.set(select, block);
  if (select.larg !== undefined && select.rarg !== undefined) bindArms(block, context);
  else bindPlain(block, context);
  bindTail(block, context);
  return block;
}

function bindArms(block: Block, context: BindContext): void {
  const { larg, rarg } = block.select as { larg: SelectStmt; rarg: SelectStmt };
  const around = { outer: block.outer, ctes: block.ctes };
  const left = bindSelect(larg, around, context);
  const right = bindSelect(rarg, around, context);
  block.arms = [left, right];
  for (const arm of block.arms)
    for (const column of arm.outerColumns) block.outerColumns.add(column);
  block.outputs = left.outputs.map(({ name }) => ({ name, node: undefined, column: undefined }));
}

function bindPlain(block: Block, context: BindContext): void {
  const { select } = block;
  bindFrom(block, context);
  bindExpression(select.whereClause, 'where', block, context);
  if (select.valuesLists !== undefined) {
    const [first] = select.valuesLists;
    const width = bodyOf(first, 'List')?.items?.length ?? 0;
    bindExpression(select.valuesLists, 'select', block, context);
    block.outputs = Array.from({ length: width }, (_, i) => {
      return { name: `column${i + 1}`, node: undefined, column: undefined };
    });
    return;
  }
  block.outputs = (select.targetList ?? []).flatMap((target) => bindTarget(target, block, context));
}

/** GROUP BY, HAVING, ORDER BY and LIMIT. */
function bindTail(block: Block, context: BindContext): void {
  const { select } = block;
  for (const item of select.groupClause ?? []) {
    if (!bindOutputName(item, block, context, { before: false })) {
      bindExpression(item, 'group', block, context);
    }
  }
  bindExpression(select.havingClause, 'having', block, context);
  bindExpression(select.windowClause, 'window', block, context);
  for (const item of select.distinctClause ?? []) {
    if (item !== null && !bindOutputName(item, block, context, { before: true })) {
      bindExpression(item, 'select', block, context);
    }
  }
  for (const item of select.sortClause ?? []) {
    const node = bodyOf(item, 'SortBy')?.node;
    if (node !== undefined && !bindOutputName(node, block, context, { before: true })) {
      bindExpression(node, 'order', block, context);
    }
  }
  bindExpression([select.limitCount, select.limitOffset], 'limit', block, context);
}

/** A lone name in ORDER BY is an output column's first, in GROUP BY an input column's. */
function bindOutputName(
  node: Node,
  block: Block,
  context: BindContext,
  { before }: { before: boolean },
): boolean {
  const reference = bodyOf(node, 'ColumnRef');
  if (reference?.fields?.length !== 1) return false;
  const [name] = namesOf(reference.fields);
  const index = block.outputs.findIndex((output) => output.name === name);
  if (index < 0) return false;
  if (!before) {
    const isInput = block.from.some(({ visible }) =>
      visible.some((column) => column.name === name),
    );
    if (isInput) return false;
  }
  context.outputs.set(reference, index);
  return true;
}

function bindTarget(target: Node, block: Block, context: BindContext): OutputColumn[] {
  const { val } = bodyOf(target, 'ResTarget') ?? {};
  const fields = bodyOf(val, 'ColumnRef')?.fields ?? [];
  if (bodyOf(fields.at(-1), 'A_Star') !== undefined) return bindStar(fields, block);
  if (bodyOf(bodyOf(val, 'A_Indirection')?.indirection?.at(-1), 'A_Star') !== undefined) {
    throw new BindError('the columns of a row value are not known');
  }
  bindExpression(val, 'select', block, context);
  const reference = bodyOf(val, 'ColumnRef');
  const column = reference && context.columns.get(reference);
  return [{ name: columnName(target), node: val, column }];
}

function bindStar(fields: readonly Node[], block: Block): OutputColumn[] {
  const names = namesOf(fields.slice(0, -1));
  const columns =
    names.length === 0
      ? starColumns(block)
      : resolveRelation(names, block).columns.map(({ name }, index) => ({
          name,
          column: { relation: resolveRelation(names, block), index },
        }));
  if (columns.some(({ column }) => column.relation.open && column.index < 0)) {
    throw new BindError('the columns of a function are not known');
  }
  const open = names.length === 0 && block.relations.some(({ open }) => open);
  if (open) throw new BindError('the columns of a function are not known');
  return columns.map(({ name, column }) => ({ name, node: undefined, column }));
}

function bindExpression(
  expression: unknown,
  clause: Clause,
  block: Block,
  context: BindContext,
): void {
  walk(expression, (kind, body, node) => {
    if (kind === 'ColumnRef') {
      const fields = (body.fields ?? []) as Node[];
      const isStar = bodyOf(fields.at(-1), 'A_Star') !== undefined;
      const column = isStar
        ? { relation: resolveRelation(namesOf(fields.slice(0, -1)), block), index: -1 }
        : resolve(namesOf(fields), block);
      context.columns.set(body, column);
      return false;
    }
    if (kind === 'FuncCall') block.calls.push(body as FuncCall);
    if (kind !== 'SubLink') return undefined;
    bindExpression(body.testexpr, clause, block, context);
    const select = bodyOf(body.subselect as Node, 'SelectStmt') as SelectStmt;
    const inner = bindSelect(select, { outer: block, ctes: block.ctes }, context);
    block.sublinks.push({ node, block: inner, clause });
    return false;
  });
}

function bindWith(
  clause: WithClause | undefined,
  { outer, ctes }: Surroundings,
  context: BindContext,
): ReadonlyMap<string, Cte> {
  if (clause === undefined) return ctes;
  const visible = new Map(ctes);
  for (const node of clause.ctes ?? []) {
    const body = bodyOf(node, 'CommonTableExpr');
    const select = bodyOf(body?.ctequery, 'SelectStmt');
    if (body?.ctename === undefined || select === undefined) {
      throw new BindError('a WITH query that writes');
    }
    const names = namesOf(body.aliascolnames);
    const cte: Cte = {
      name: body.ctename,
      node,
      recursive: clause.recursive === true,
      block: undefined,
      columnNames: names,
    };
    const inside = clause.recursive ? new Map([...visible, [cte.name, cte]]) : visible;
    cte.block = bindSelect(select, { outer, ctes: inside }, context);
    visible.set(cte.name, cte);
  }
  return visible;
}
