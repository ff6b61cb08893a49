/** The spread of a FROM: which joins can be computed shard by shard. */
import type { Binding, Column, FromItem, JoinItem, Relation } from '../binder/block.js';
import { Equalities } from './equalities.js';
import { keptSides, relationsOf } from './from-items.js';
import type { KeptRowsOf } from './kept-rows.js';
import { Obstacle } from './obstacle.js';
import {
  commonShards,
  EVERYWHERE,
  isPinned,
  pinnedTogether,
  type Split,
  type Spread,
} from './spread.js';

/** What is needed to judge a FROM. */
export interface FromContext {
  readonly binding: Binding;
  /** The spread of one relation, its keys among its own columns. */
  readonly relation: (relation: Relation, equalities: Equalities) => Spread;
  /** What the condition above makes of outer joins that keep rows which every shard has; undefined: none can leave out their rows. */
  readonly keptRows?: KeptRowsOf | undefined;
}

/** The spread of the items of a FROM, joined without conditions but those that `equalities` knows. */
export function fromSpread(
  items: readonly FromItem[],
  equalities: Equalities,
  context: FromContext,
): Spread {
  let result: Spread = EVERYWHERE;
  let before: FromItem[] = [];
  for (const item of items) {
    const spread = itemSpread(item, equalities, context);
    result = inner(result, spread, { left: before, right: [item] }, equalities);
    before = [...before, item];
  }
  return result;
}

/** What holds for all rows of a FROM: the conditions of inner joins. */
export function learnJoins(
  items: readonly FromItem[],
  equalities: Equalities,
  binding: Binding,
): void {
  for (const item of items) {
    if (item.kind !== 'join') continue;
    if (item.type === 'inner') {
      for (const [a, b] of item.using) equalities.add(a, b);
      equalities.learn(item.on, binding);
    }
    learnJoins(keptSides(item), equalities, binding);
  }
}

function itemSpread(item: FromItem, equalities: Equalities, context: FromContext): Spread {
  if (item.kind === 'relation') return context.relation(item.relation, equalities);
  const sides = { left: [item.left], right: [item.right] };
  // A side that is filled with NULLs knows its own conditions, and those of this join.
  const within = Equalities.from(equalities);
  if (item.type !== 'inner') {
    learnJoins([item.left], within, context.binding);
    learnJoins([item.right], within, context.binding);
    for (const [a, b] of item.using) within.add(a, b);
    within.learn(item.on, context.binding);
  }
  const kept = keptSides(item);
  const sideSpread = (side: FromItem): Spread => {
    if (kept.includes(side)) return itemSpread(side, equalities, context);
    const known = item.type === 'full' ? ofFullJoin(side, item, equalities, context) : within;
    const keptRowsBelow = context.keptRows?.below(item, side);
    const spread = itemSpread(side, known, { ...context, keptRows: keptRowsBelow });
    keptRowsBelow?.checkUsed();
    return spread;
  };
  const left = sideSpread(item.left);
  const right = sideSpread(item.right);
  switch (item.type) {
    case 'inner':
      return inner(left, right, sides, equalities);
    case 'left':
      if (left.kind === 'everywhere' && right.kind === 'split')
        return keptRows(item, { kept: item.left, filled: item.right, split: right }, context);
      return leftJoin(left, right, sides, within);
    case 'right':
      if (right.kind === 'everywhere' && left.kind === 'split')
        return keptRows(item, { kept: item.right, filled: item.left, split: left }, context);
      return leftJoin(right, left, { left: sides.right, right: sides.left }, within);
    case 'full':
      return fullJoin(item, left, right, within, context);
  }
}

/** What a side of a FULL JOIN knows: its rows that the condition does not hold for stay, whatever values that names. */
function ofFullJoin(
  side: FromItem,
  { using, on }: JoinItem,
  equalities: Equalities,
  { binding }: FromContext,
): Equalities {
  const known = Equalities.from(equalities);
  learnJoins([side], known, binding);
  for (const [a, b] of using) known.add(a, b);
  known.learnColumns(on, binding);
  return known;
}

/** Every shard has the rows that are kept, each with the partners that lie there. */
function keptRows(
  join: JoinItem,
  { kept, filled, split }: { kept: FromItem; filled: FromItem; split: Split },
  context: FromContext,
): Spread {
  const table = aTable([filled]);
  // Other shards are asked, too, and a group of no rows would be a partner there.
  const isPart =
    isPinned(split) && relationsOf(filled).some(({ source }) => source.kind !== 'table');
  if (context.keptRows !== undefined && !isPart) {
    return context.keptRows.spread({ join, kept, filled, table }, split);
  }
  throw new Obstacle('below another outer join, one keeps rows that every shard has', {
    kind: 'relation',
    relation: table,
  });
}

interface Sides {
  readonly left: readonly FromItem[];
  readonly right: readonly FromItem[];
}

function inner(left: Spread, right: Spread, sides: Sides, equalities: Equalities): Spread {
  if (left.kind === 'everywhere') return right;
  if (right.kind === 'everywhere') return left;
  if (!meet(left, right, equalities)) throw apart(sides);
  return {
    ...left,
    keys: [...left.keys, ...right.keys],
    shards: commonShards(left.shards, right.shards),
    nullsApart: left.nullsApart === true || right.nullsApart === true,
  };
}

/** Rows of the left side without a partner stay: so all partners must be where the row is. */
function leftJoin(left: Spread, right: Spread, sides: Sides, equalities: Equalities): Spread {
  if (right.kind === 'everywhere' || left.kind === 'everywhere') return left;
  if (!meet(left, right, equalities)) {
    throw new Obstacle('an outer join of two sharded tables on something else than their keys', {
      kind: 'relation',
      relation: aTable(sides.right),
    });
  }
  return left;
}

function fullJoin(
  item: JoinItem,
  left: Spread,
  right: Spread,
  equalities: Equalities,
  context: FromContext,
): Spread {
  if (left.kind === 'everywhere') {
    if (right.kind === 'everywhere') return EVERYWHERE;
    return keptRows(item, { kept: item.left, filled: item.right, split: right }, context);
  }
  if (right.kind === 'everywhere')
    return keptRows(item, { kept: item.right, filled: item.left, split: left }, context);
  if (meet(left, right, equalities)) {
    if (pinnedTogether(left, right)) return { ...left, keys: [] };
    const { merged } = item;
    const apart = left.nullsApart === true || right.nullsApart === true;
    const keys = merged === undefined || apart ? [] : mergedKeys(merged, left, equalities);
    return { ...left, keys, shards: undefined };
  }
  throw new Obstacle('a FULL JOIN on something else than the keys of two sharded tables', {
    kind: 'relation',
    relation: aTable([item.left]),
  });
}

/** The merged columns of a FULL JOIN USING hold the key of whichever side there is. */
function mergedKeys(merged: Relation, left: Split, equalities: Equalities): Column[][] {
  if (merged.source.kind !== 'merged') return [];
  const { pairs } = merged.source;
  return left.keys.flatMap((key) => {
    const columns = key.map((column) => {
      const index = pairs.findIndex(([a]) => equalities.same(a, column));
      return index < 0 ? undefined : { relation: merged, index };
    });
    return columns.every((column) => column !== undefined) ? [columns] : [];
  });
}

/** Whether rows that join lie on the same shard: a key of one side equals a key of the other. */
export function meet(a: Split, b: Split, equalities: Equalities): boolean {
  if (pinnedTogether(a, b)) return true;
  if (a.colocation !== b.colocation) return false;
  return a.keys.some((key) => b.keys.some((other) => sameKey(key, other, equalities)));
}

function sameKey(a: readonly Column[], b: readonly Column[], equalities: Equalities): boolean {
  return a.length === b.length && a.every((column, i) => equalities.same(column, b[i] as Column));
}

function apart({ left, right }: Sides): Obstacle {
  const [one, other] = [aTable(left), aTable(right)];
  const relation = rowsOf(one) < rowsOf(other) ? one : other;
  return new Obstacle(
    `'${one.name}' and '${other.name}' are sharded and joined on something else than their keys`,
    { kind: 'relation', relation },
  );
}

/** Rows that a relation is thought to have. */
function rowsOf({ source }: Relation): number {
  if (source.kind === 'table')
    return source.catalog.estimatedRows < 0 ? 1e6 : source.catalog.estimatedRows;
  return 1e5;
}

/** The smallest relation of a FROM that is sharded. */
function aTable(items: readonly FromItem[]): Relation {
  const candidates = items.flatMap(shardedRelations).sort((a, b) => rowsOf(a) - rowsOf(b));
  return candidates[0] as Relation;
}

function shardedRelations(item: FromItem): Relation[] {
  return relationsOf(item).filter(holdsShards);
}

/** Whether the rows of a relation come from a sharded table. */
export function holdsShards({ source }: Relation): boolean {
  if (source.kind === 'table') return source.place.kind === 'sharded';
  if (source.kind === 'subquery') return blockHoldsShards(source.block);
  if (source.kind === 'cte')
    return source.cte.block !== undefined && blockHoldsShards(source.cte.block);
  return false;
}

export function blockHoldsShards(block: Relation['block']): boolean {
  const parts = [...(block.arms ?? []), ...block.sublinks.map((link) => link.block)];
  return block.relations.some(holdsShards) || parts.some(blockHoldsShards);
}
