/** What an outer join's sides and condition use: whether it can be looked at by itself, and which columns make its partners. */
import { columnNode } from '../../sql/build.js';
import { bodyOf, type Node, namesOf } from '../../sql/tree.js';
import { walk } from '../../sql/walk.js';
import {
  type Binding,
  type Block,
  type Column,
  columnKey,
  type FromItem,
  type Relation,
  type Sublink,
} from '../binder/block.js';
import { relationsOf } from '../spread/from-items.js';
import { blockHoldsShards } from '../spread/from-spread.js';
import type { KeptRows } from '../spread/obstacle.js';
import { isFickle } from './fickle.js';
import type { RepairContext } from './repair-parts.js';

/**
 * Whether a join means the same by itself, wherever it is computed: it uses nothing from around it, no chance, and no subquery in
 * its condition that needs rows of several shards; and its relations can be told by their names.
 */
export function isSelfContained(
  { join }: KeptRows,
  block: Block,
  { binding, context }: RepairContext,
): boolean {
  if (!hasPlainNames(block)) return false;
  const relations = new Set(relationsOf(join));
  const blocks = blocksIn(join, binding);
  if ([...blocks].some((inner) => isFickle(inner, context.catalog))) return false;
  let contained = true;
  walk(join.node, (kind, body) => {
    if (kind === 'FuncCall') {
      const names = namesOf(body.funcname as Node[]);
      const schema = names.length > 1 ? names[0] : undefined;
      const called = context.catalog.function(schema, names.at(-1) ?? '');
      if (called?.volatility === 'volatile') contained = false;
    }
    if (kind !== 'ColumnRef') return undefined;
    const column = binding.columns.get(body);
    if (column === undefined) return undefined;
    const { relation } = column;
    const isOwn = relations.has(relation) || relation.source.kind === 'merged';
    if (!isOwn && !blocks.has(relation.block)) contained = false;
    return undefined;
  });
  return contained && conditions(join).every((on) => !asksShards(on, binding));
}

/** Columns can be written with the names of their relations: no join has an alias that hides them, no name stands twice. */
function hasPlainNames({ select, relations }: Block): boolean {
  let plain = true;
  walk(select.fromClause, (kind, body) => {
    if (kind === 'JoinExpr' && (body.alias ?? body.join_using_alias) !== undefined) plain = false;
    return kind !== 'SelectStmt';
  });
  const named = relations.filter(({ source }) => source.kind !== 'merged');
  const names = new Set(named.map(({ name }) => name));
  return plain && names.size === named.length && !names.has('');
}

/** The SELECTs within a FROM item, and in its conditions. */
function blocksIn(item: FromItem, binding: Binding): Set<Block> {
  const found = new Set<Block>();
  const add = (block: Block | undefined): void => {
    if (block === undefined || found.has(block)) return;
    found.add(block);
    for (const { source } of block.relations) addSource(source);
    block.arms?.forEach(add);
    for (const link of block.sublinks) add(link.block);
  };
  const addSource = (source: Relation['source']): void => {
    if (source.kind === 'subquery') add(source.block);
    if (source.kind === 'cte') add(source.cte.block);
  };
  for (const { source } of relationsOf(item)) addSource(source);
  for (const on of conditions(item)) for (const block of subqueriesOf(on, binding)) add(block);
  return found;
}

function conditions(item: FromItem): Node[] {
  if (item.kind === 'relation') return [];
  const own = item.on === undefined ? [] : [item.on];
  return [...own, ...conditions(item.left), ...conditions(item.right)];
}

function subqueriesOf(part: Node, binding: Binding): Block[] {
  const blocks: Block[] = [];
  walk(part, (kind, body) => {
    const select = kind === 'SubLink' ? bodyOf(body.subselect as Node, 'SelectStmt') : undefined;
    const block = select && binding.blocks.get(select);
    if (block !== undefined) blocks.push(block);
    return undefined;
  });
  return blocks;
}

function asksShards(condition: Node, binding: Binding): boolean {
  return subqueriesOf(condition, binding).some(blockHoldsShards);
}

/** The subqueries in the conditions of a join that need rows of shards: they are to be computed first. */
export function subqueriesOfShards({ join, table }: KeptRows): Sublink[] {
  const nodes = new Set<Node>();
  walk(conditions(join), (kind, _body, node) => {
    if (kind === 'SubLink') nodes.add(node);
    return undefined;
  });
  const { sublinks } = table.block;
  return sublinks.filter(({ node, block }) => nodes.has(node) && blockHoldsShards(block));
}

/**
 * The columns of the kept side that the condition uses, or a LATERAL subquery on the other side, as expressions. Kept rows that
 * agree in them have the same partners. Undefined where a row is used whose columns are not known.
 */
export function identifyingColumns(
  { join, kept, filled }: KeptRows,
  binding: Binding,
): Node[] | undefined {
  const relations = new Set(relationsOf(kept));
  const found = new Map<string, Node>();
  let known = true;
  const add = ({ relation, index }: Column): void => {
    if (relation.source.kind === 'merged') {
      for (const pair of relation.source.pairs[index] ?? []) add(pair);
      return;
    }
    if (!relations.has(relation)) return;
    if (relation.open) known = false;
    if (index < 0) relation.columns.forEach((_, at) => void add({ relation, index: at }));
    else {
      const name = relation.columns[index]?.name ?? '';
      found.set(columnKey({ relation, index }), columnNode(relation.name, name));
    }
  };
  const parts = [join.on, filled.kind === 'join' ? filled.node : filled.relation.node];
  walk(parts, (kind, body) => {
    const column = kind === 'ColumnRef' ? binding.columns.get(body) : undefined;
    if (column !== undefined) add(column);
    return undefined;
  });
  for (const column of join.using.flat()) add(column);
  return known ? [...found.values()] : undefined;
}
