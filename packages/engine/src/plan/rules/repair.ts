/** Clears what stands in the way: it is computed first, and its rows are put in its place. */
import { andNode, selectOf, subqueryNode, targetNode } from '../../sql/build.js';
import { bodyOf, type RangeVar, type SelectStmt } from '../../sql/tree.js';
import { replacePart, walk } from '../../sql/walk.js';
import {
  BindError,
  type Binding,
  type Block,
  type Column,
  type Relation,
} from '../binder/block.js';
import { firstSharded } from '../spread/block-spread.js';
import type { KeptRows, Repair } from '../spread/obstacle.js';
import { outputOrder } from './collation.js';
import { outputType } from './declared-type.js';
import { decorrelate } from './decorrelate.js';
import { fickleBlock } from './fickle.js';
import { columnExpression } from './final-select.js';
import { subqueriesOfShards } from './join-columns.js';
import { keepRows, withoutTerm } from './keep-rows.js';
import { lookUpLateral } from './lateral.js';
import { closed, ownConditions, type RepairContext } from './repair-parts.js';
import { isCollatable } from './stage-kind.js';
import { stagedSelect } from './stage-rows.js';

/** The statement with the obstacle out of the way. */
export async function repair(
  tree: SelectStmt,
  fix: Repair,
  parts: RepairContext,
): Promise<SelectStmt> {
  switch (fix.kind) {
    case 'block':
      return (await lookUpLateral(tree, fix.block, parts)) ?? stageBlock(tree, fix.block, parts);
    case 'relation': {
      const { source } = fix.relation;
      const found =
        source.kind === 'subquery' ? await lookUpLateral(tree, source.block, parts) : undefined;
      return found ?? stageRelation(tree, fix.relation, parts);
    }
    case 'kept':
      return keepRowsOf(tree, fix.kept, parts);
    case 'term':
      return withoutTerm(tree, fix.place, fix.term);
    case 'sublink': {
      const { block } = fix.sublink;
      if (block.outerColumns.size === 0) return stageBlock(tree, block, parts);
      return (await decorrelate(tree, fix.sublink, parts)) ?? stageTableIn(tree, block, parts);
    }
  }
}

async function keepRowsOf(
  tree: SelectStmt,
  kept: KeptRows,
  parts: RepairContext,
): Promise<SelectStmt> {
  const { binding, context } = parts;
  const fickle = fickleBlock(binding, context.catalog);
  if (fickle !== undefined) return stageBlock(tree, fickle, parts);
  for (const sublink of subqueriesOfShards(kept)) {
    const { block } = sublink;
    if (block.outerColumns.size === 0) return stageBlock(tree, block, parts);
    const found = await decorrelate(tree, sublink, parts);
    if (found !== undefined) return found;
  }
  return keepRows(tree, kept, parts) ?? stageRelation(tree, kept.table, parts);
}

/** Computes a SELECT that uses nothing from around it. */
export async function stageBlock(
  tree: SelectStmt,
  block: Block,
  parts: RepairContext,
): Promise<SelectStmt> {
  if (block.outerColumns.size > 0 || block === parts.binding.root)
    return stageTableIn(tree, block, parts);
  const names = block.outputs.map(({ name }) => name);
  const { id, columns } = await parts.stage.select(closed(block), 'answer');
  const staged = stagedSelect(
    id,
    columns.map((column, i) => ({
      ...column,
      name: names[i] as string,
      typeName: outputType(block, i, parts.binding, parts.context) ?? column.typeName,
      collation: isCollatable(column)
        ? outputOrder(block, i, parts.binding, parts.context.catalog).collation
        : undefined,
    })),
    parts.context,
  );
  return replacePart(tree, block.select, staged);
}

async function stageTableIn(
  tree: SelectStmt,
  block: Block,
  parts: RepairContext,
): Promise<SelectStmt> {
  const table = firstSharded(block);
  if (table === undefined) throw new BindError('nothing is left to bring together');
  return stageRelation(tree, table, parts);
}

/** Brings the rows of a table together: the columns that are used, and the rows that its own conditions leave. */
async function stageRelation(
  tree: SelectStmt,
  relation: Relation,
  parts: RepairContext,
): Promise<SelectStmt> {
  const { source } = relation;
  if (source.kind === 'subquery') return stageBlock(tree, source.block, parts);
  if (source.kind === 'cte' && source.cte.block !== undefined)
    return stageBlock(tree, source.cte.block, parts);
  if (source.kind !== 'table') throw new BindError('rows of something else than a table');
  const { binding, context } = parts;
  const range = bodyOf(relation.node, 'RangeVar') as RangeVar;
  const indexes = usedIndexes(tree, relation, binding);
  const targets = indexes.map((index) =>
    targetNode(columnExpression({ relation, index }, binding), relation.columns[index]?.name),
  );
  const where = andNode(ownConditions(relation, binding));
  const select = selectOf(targets, {
    fromClause: [relation.node],
    ...(where && { whereClause: where }),
  });
  const { id, columns } = await parts.stage.select(select, 'rows');
  const staged = columns.map((column, i) => {
    const catalog = relation.columns[indexes[i] as number]?.catalog;
    return {
      ...column,
      name: relation.columns[indexes[i] as number]?.name ?? '',
      typeName: catalog?.typeName ?? column.typeName,
      collation: isCollatable(column) ? catalog?.collation : undefined,
    };
  });
  const alias = range.alias?.aliasname ?? range.relname ?? '';
  return replacePart(tree, relation.node, subqueryNode(stagedSelect(id, staged, context), alias));
}

/** The columns of a table that the statement uses: all of them where a star, or a row as a whole, stands for them. */
function usedIndexes(tree: SelectStmt, relation: Relation, binding: Binding): number[] {
  const used = new Set<number>();
  let all = false;
  walk(tree, (kind, body) => {
    if (kind !== 'ColumnRef') return;
    const column = binding.columns.get(body);
    if (column?.relation !== relation) return;
    if (column.index < 0) all = true;
    else used.add(column.index);
  });
  for (const block of binding.blocks.values()) {
    for (const { node, column } of block.outputs) {
      if (node === undefined && column?.relation === relation) all = true;
    }
  }
  for (const merged of relation.block.from) noteUsing(merged, relation, used);
  const indexes = relation.columns.map((_, index) => index);
  const some = indexes.filter((index) => used.has(index));
  return all ? indexes : some.length > 0 ? some : indexes.slice(0, 1);
}

/** Columns that USING names are used without a reference. */
function noteUsing(item: Block['from'][number], relation: Relation, used: Set<number>): void {
  if (item.kind !== 'join') return;
  const note = (column: Column): void => {
    if (column.relation === relation) used.add(column.index);
  };
  for (const [a, b] of item.using) {
    note(a);
    note(b);
  }
  noteUsing(item.left, relation, used);
  noteUsing(item.right, relation, used);
}
