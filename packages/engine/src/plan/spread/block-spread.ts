/** The spread of whole SELECTs, from the inside out: what can be computed on each shard without knowing the others. */
import { conjuncts } from '../../sql/build.js';
import { bodyOf, type Node } from '../../sql/tree.js';
import type { Binding, Block, Relation, Sublink } from '../binder/block.js';
import { isAggregated } from './aggregated.js';
import { columnOf, Equalities } from './equalities.js';
import { type FromContext, fromSpread, learnJoins, meet } from './from-spread.js';
import { type IsFirstShard, KeptRowsOf } from './kept-rows.js';
import { groupsHoldKey, outputKeys, windowsHoldKey } from './keys.js';
import { Obstacle } from './obstacle.js';
import { checkPinned } from './pinned-arms.js';
import {
  type Anchor,
  commonShards,
  EVERYWHERE,
  isPinned,
  type OutputSpread,
  pinnedTogether,
  type Split,
  type SplitOutput,
  type Spread,
} from './spread.js';
import type { TablePlacement } from './table-placement.js';

export interface SpreadContext {
  readonly binding: Binding;
  readonly placement: TablePlacement;
  /** Whether a SELECT aggregates an outer join so that partial values add up, though its rows do not (`additive-join.ts`). */
  readonly addsUp: (block: Block) => boolean;
  /** Tells the parameters that are true on one shard only. */
  readonly isFirstShard: IsFirstShard;
}

/** A FROM with its WHERE and its subqueries. */
export interface Rows {
  readonly spread: Spread;
  readonly equalities: Equalities;
}

/**
 * The spread of the rows of a SELECT's FROM and WHERE. Its subqueries are proven to be answered on each shard alone.
 *
 * @throws Obstacle
 */
export function rowsSpread(block: Block, anchors: readonly Anchor[], context: SpreadContext): Rows {
  const { binding } = context;
  const equalities = Equalities.from(anchors[0]?.equalities);
  learnJoins(block.from, equalities, binding);
  equalities.learn(block.select.whereClause, binding);
  const keptRows = new KeptRowsOf(block, context);
  const from: FromContext = {
    binding,
    keptRows,
    relation: (relation, known) => relationSpread(relation, known, anchors, context),
  };
  let spread = fromSpread(block.from, equalities, from);
  keptRows.checkUsed();
  if (
    spread.kind === 'split' &&
    anchors.some((anchor) => isAnchored(spread as Split, anchor, equalities))
  ) {
    spread = EVERYWHERE;
  }
  const inner = spread.kind === 'split' ? [{ split: spread, equalities }, ...anchors] : anchors;
  for (const sublink of block.sublinks) checkSublink(sublink, block, inner, context);
  return { spread, equalities };
}

/**
 * The spread of what a SELECT gives.
 *
 * @throws Obstacle, also for a SELECT whose answer needs the rows of all shards
 */
export function blockSpread(
  block: Block,
  anchors: readonly Anchor[],
  context: SpreadContext,
): OutputSpread {
  if (block.arms !== undefined) return armsSpread(block, block.arms, anchors, context);
  if (context.addsUp(block)) {
    throw new Obstacle('groups of a replicated table have values on several shards', {
      kind: 'block',
      block,
    });
  }
  const rows = rowsSpread(block, anchors, context);
  const { spread } = rows;
  if (spread.kind === 'everywhere') return { kind: 'everywhere' };
  const keys = outputKeys(block, spread, rows.equalities);
  const output: SplitOutput = { ...spread, keys };
  if (isPinned(spread)) return output;
  const reason = mergeReason(block, { ...rows, spread }, context);
  if (reason !== undefined) throw new Obstacle(reason, { kind: 'block', block });
  return output;
}

/** Why a SELECT over split rows needs all shards to give its answer; undefined: it does not. Its ORDER BY does not count. */
export function mergeReason(
  block: Block,
  rows: { readonly spread: Split; readonly equalities: Equalities },
  { binding, placement }: SpreadContext,
): string | undefined {
  const { select } = block;
  const { spread, equalities } = rows;
  const has = (columns: readonly Node[] | undefined): boolean =>
    groupsHoldKey(columns ?? [], block, { spread, equalities, binding });
  if (isAggregated(block, placement) && !has(select.groupClause)) {
    return 'groups have rows on several shards';
  }
  if (!windowsHoldKey(block, { spread, equalities, binding })) {
    return 'a window has rows on several shards';
  }
  if (select.limitCount !== undefined || select.limitOffset !== undefined) {
    return 'a LIMIT counts the rows of all shards';
  }
  if (select.distinctClause === undefined) return undefined;
  const on = select.distinctClause.filter((node) => Object.keys(node ?? {}).length > 0);
  const distinct = on.length > 0 ? has(on) : outputKeys(block, spread, equalities).length > 0;
  return distinct ? undefined : 'DISTINCT compares rows of several shards';
}

/** The spread of one relation, its keys among its own columns. @throws Obstacle */
export function relationSpread(
  relation: Relation,
  equalities: Equalities,
  anchors: readonly Anchor[],
  context: SpreadContext,
): Spread {
  const { source } = relation;
  if (source.kind === 'table') {
    if (source.place.kind !== 'sharded') return EVERYWHERE;
    return context.placement.split(relation, source.place, equalities);
  }
  if (source.kind === 'recursion') return EVERYWHERE;
  const block =
    source.kind === 'subquery'
      ? source.block
      : source.kind === 'cte'
        ? source.cte.block
        : undefined;
  if (block === undefined) return EVERYWHERE;
  if (source.kind === 'cte' && source.cte.recursive && isRecursive(block))
    return recursiveSpread(block);
  const lateral =
    source.kind === 'subquery' && source.lateral
      ? lateralAnchors(relation, equalities, context)
      : [];
  const spread = blockSpread(block, [...lateral, ...anchors], context);
  if (spread.kind === 'everywhere') return EVERYWHERE;
  const keys = spread.keys.map((key) => key.map((index) => ({ relation, index })));
  return { ...spread, keys };
}

/** A LATERAL subquery is computed for rows of the tables before it. */
function lateralAnchors(
  relation: Relation,
  equalities: Equalities,
  { placement }: SpreadContext,
): Anchor[] {
  return relation.block.relations.flatMap((other) => {
    const { source } = other;
    if (other === relation || source.kind !== 'table' || source.place.kind !== 'sharded') return [];
    return [{ split: placement.split(other, source.place, equalities), equalities }];
  });
}

function isRecursive(block: Block): boolean {
  const uses = (part: Block): boolean =>
    part.relations.some(
      ({ source }) =>
        source.kind === 'recursion' || (source.kind === 'subquery' && uses(source.block)),
    ) ||
    (part.arms ?? []).some(uses) ||
    part.sublinks.some((link) => uses(link.block));
  return uses(block);
}

function recursiveSpread(block: Block): Spread {
  const table = firstSharded(block);
  if (table !== undefined) {
    throw new Obstacle('a recursive query over a sharded table', {
      kind: 'relation',
      relation: table,
    });
  }
  return EVERYWHERE;
}

/** A sharded table in a SELECT, however deep. */
export function firstSharded(block: Block): Relation | undefined {
  for (const relation of block.relations) {
    const { source } = relation;
    if (source.kind === 'table' && source.place.kind === 'sharded') return relation;
    const inner =
      source.kind === 'subquery'
        ? source.block
        : source.kind === 'cte'
          ? source.cte.block
          : undefined;
    const found = inner && firstSharded(inner);
    if (found !== undefined) return found;
  }
  for (const part of [...(block.arms ?? []), ...block.sublinks.map((link) => link.block)]) {
    const found = firstSharded(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether the rows of a subquery all lie where the row of the outer query is that it is computed for. */
function isAnchored(split: Split, anchor: Anchor, equalities: Equalities): boolean {
  return meet(split, anchor.split, equalities);
}

function checkSublink(
  sublink: Sublink,
  block: Block,
  anchors: readonly Anchor[],
  context: SpreadContext,
): void {
  let spread: OutputSpread;
  try {
    spread = blockSpread(sublink.block, anchors, context);
  } catch (error) {
    // What is wrong within is put right within, unless the subquery as a whole can be computed first.
    if (!(error instanceof Obstacle)) throw error;
    if (error.repair.kind === 'block' && error.repair.block !== sublink.block) throw error;
    throw new Obstacle(error.message, { kind: 'sublink', sublink });
  }
  if (spread.kind === 'everywhere' || isMember(sublink, block, spread, anchors[0], context)) return;
  throw new Obstacle('a subquery over a sharded table has rows on several shards', {
    kind: 'sublink',
    sublink,
  });
}

/** `key IN (SELECT key …)`: what is to be found is on the same shard. */
function isMember(
  { node, clause }: Sublink,
  block: Block,
  spread: SplitOutput,
  anchor: Anchor | undefined,
  { binding }: SpreadContext,
): boolean {
  if (anchor === undefined) return false;
  if (pinnedTogether(spread, anchor.split)) return true;
  const link = bodyOf(node, 'SubLink');
  if (link?.subLinkType !== 'ANY_SUBLINK' || link.operName !== undefined) return false;
  if (anchor.split.colocation !== spread.colocation) return false;
  // Where NULL and false are told apart, a NULL on another shard would matter.
  if (clause !== 'where' || !conjuncts(block.select.whereClause).includes(node)) return false;
  const tested = bodyOf(link.testexpr, 'RowExpr')?.args ?? [link.testexpr as Node];
  const columns = tested.map((item) => columnOf(item, binding));
  return spread.keys.some((positions) =>
    anchor.split.keys.some(
      (key) =>
        key.length === positions.length &&
        key.every((column, i) => {
          const test = columns[positions[i] as number];
          return test !== undefined && anchor.equalities.same(column, test);
        }),
    ),
  );
}

function armsSpread(
  block: Block,
  [left, right]: readonly [Block, Block],
  anchors: readonly Anchor[],
  context: SpreadContext,
): OutputSpread {
  const a = blockSpread(left, anchors, context);
  const b = blockSpread(right, anchors, context);
  const limited = block.select.limitCount !== undefined || block.select.limitOffset !== undefined;
  if (a.kind === 'everywhere' && b.kind === 'everywhere') return { kind: 'everywhere' };
  if (a.kind === 'split' && b.kind === 'split') {
    if (pinnedTogether(a, b)) return { ...a, keys: [] };
    checkPinned(left, a, context.placement);
    checkPinned(right, b, context.placement);
    const apart = a.nullsApart === true || b.nullsApart === true;
    const keys = a.colocation === b.colocation && !apart ? commonKeys(a, b) : [];
    const all = block.select.op === 'SETOP_UNION' && block.select.all === true;
    if (!limited && (all || keys.length > 0)) {
      const shards = a.shards && b.shards && [...new Set([...a.shards, ...b.shards])];
      return { kind: 'split', colocation: a.colocation, keys, shards };
    }
    throw new Obstacle('a set operation compares rows of several shards', { kind: 'block', block });
  }
  const split = a.kind === 'split' ? a : (b as SplitOutput);
  const { op } = block.select;
  const kept = op === 'SETOP_INTERSECT' || (op === 'SETOP_EXCEPT' && a.kind === 'split');
  if (!limited && kept && split.keys.length > 0) {
    return { ...split, shards: commonShards(split.shards, undefined) };
  }
  throw new Obstacle('a set operation of sharded and replicated rows', {
    kind: 'block',
    block: a.kind === 'split' ? left : right,
  });
}

function commonKeys(a: SplitOutput, b: SplitOutput): readonly (readonly number[])[] {
  return a.keys.filter((key) =>
    b.keys.some((other) => other.length === key.length && other.every((at, i) => at === key[i])),
  );
}
