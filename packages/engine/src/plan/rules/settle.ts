/** The ways to answer a SELECT, in the order in which they are tried. */
import { subqueryNode, withoutLimit } from '../../sql/build.js';
import { bodyOf, type Node } from '../../sql/tree.js';
import type { Binding, Block } from '../binder/block.js';
import type { PlannedMerge, PlannedStep } from '../distributed-plan.js';
import { emit } from '../emit.js';
import { orderOf, type PlanContext } from '../plan-context.js';
import { aggregateCalls, isAggregated } from '../spread/aggregated.js';
import { rootArmsSpread } from '../spread/arms-spread.js';
import { mergeReason, type Rows, rowsSpread, type SpreadContext } from '../spread/block-spread.js';
import { followItem, groupsHoldKey, windowsHoldKey } from '../spread/keys.js';
import { Obstacle } from '../spread/obstacle.js';
import { isPinned, type Split, type SplitOutput } from '../spread/spread.js';
import { candidateCore } from '../top-groups/candidate-core.js';
import { additiveSplit } from './additive-join.js';
import { collate, textOrder } from './collation.js';
import { fickleBlock } from './fickle.js';
import { namedTargets } from './final-select.js';
import { finishRows, ROWS } from './finish-rows.js';
import { countedRanks } from './hypothetical-sets.js';
import { limitOf } from './limits.js';
import { localGroups } from './local-groups.js';
import { rowByRow } from './row-by-row.js';
import type { Settled, SettleRequest } from './settled.js';
import { describeSelect } from './shard-select.js';
import { moveMembers } from './split-calls.js';
import { stagedSelect } from './stage-rows.js';
import { type MergedGroups, splitAggregates, type TwoPhase } from './two-phase.js';

/**
 * Settles on a way to answer a SELECT.
 *
 * @throws Obstacle where something has to be computed first
 */
export async function settle(request: SettleRequest): Promise<Settled> {
  const { binding, context } = request;
  const { root } = binding;
  const { placement } = context;
  const addsUp = (block: Block): boolean =>
    isAggregated(block, placement) && additiveSplit(block, spreadContext) !== undefined;
  const isFirstShard = (number: number): boolean =>
    context.emit.own.source(number)?.kind === 'first-shard';
  const spreadContext: SpreadContext = { binding, placement, addsUp, isFirstShard };
  if (root.arms !== undefined) {
    const { spread, distinct } = rootArmsSpread(root, root.arms, spreadContext);
    if (spread.kind === 'everywhere' || isPinned(spread)) return inOnePlace(request, spread);
    return rowByRow(request, { shards: spread.shards, distinct });
  }
  if (isAggregated(root, context.placement)) {
    const additive = additiveSplit(root, spreadContext);
    if (additive !== undefined) return aggregate(request, additive);
  }
  const rows = rowsSpread(root, [], spreadContext);
  const { spread, equalities } = rows;
  if (spread.kind === 'everywhere' || isPinned(spread)) return inOnePlace(request, spread);
  const fickle = fickleBlock(binding, context.catalog);
  if (fickle !== undefined) {
    throw new Obstacle('a subquery that each shard would answer in its own way', {
      kind: 'block',
      block: fickle,
    });
  }
  const split = { spread, equalities };
  const keyContext = { spread, equalities, binding };
  if (
    isAggregated(root, context.placement) &&
    !groupsHoldKey(root.select.groupClause ?? [], root, keyContext)
  ) {
    return aggregate(request, split);
  }
  if (!windowsHoldKey(root, keyContext)) {
    const groups = isAggregated(root, placement) ? await localGroups(request, spread) : undefined;
    return groups ?? finishRows(request, 'a window has rows on several shards');
  }
  const unlimited = { ...root, select: withoutLimit(root.select) };
  const distinct = mergeReason(unlimited, split, spreadContext) !== undefined;
  return rowByRow(request, { shards: spread.shards, distinct });
}

function inOnePlace(
  { binding, context, text }: SettleRequest,
  spread: { readonly kind: 'everywhere' } | Split | SplitOutput,
): Settled {
  const emitted =
    text === undefined
      ? emit(binding.root.select, context.emit)
      : {
          sql: text,
          parameters: context.emit.parameterTypes.map(
            (_, index) => ({ kind: 'user', index }) as const,
          ),
        };
  const shards = spread.kind === 'everywhere' ? 'any' : (spread.shards ?? 'any');
  const step: PlannedStep = { shards, ...emitted, merge: undefined };
  if (spread.kind === 'everywhere') {
    return {
      kind: 'step',
      class: 'single',
      step,
      proof: 'all rows that it reads are in one place',
    };
  }
  return { kind: 'step', class: 'pruned', step, proof: 'the shard key lies on one shard' };
}

async function aggregate(
  request: SettleRequest,
  rows: { readonly spread: Split } & Rows,
): Promise<Settled> {
  const { binding, context, stage } = request;
  const { root } = binding;
  const counted = await countedRanks(root, binding, context);
  if (counted !== undefined) {
    return { kind: 'select', select: counted, proof: 'a rank is a count of what sorts before' };
  }
  const two = await splitAggregates(root, binding, context);
  if (two === undefined) {
    const known = moveMembers(aggregateCalls(root, context.placement), context.catalog);
    const proof = known
      ? 'an aggregate needs each member of its groups'
      : 'an aggregate cannot be computed in two halves';
    return finishRows(request, proof, known ? 'members' : 'rows');
  }
  const shards = rows.spread.shards ?? allShards(context);
  const { core, note } = await candidateCore(request, two, shards);
  const why = (proof: string): string => (note === undefined ? proof : `${proof}; ${note}`);
  const emitted = emit(core, context.emit);
  if (two.merged === undefined) {
    const columns = collate(await describeSelect(core, context), core, binding, context);
    const id = stage.step({ shards, ...emitted, merge: undefined }, columns, 'groups');
    const from = subqueryNode(stagedSelect(id, columns, context), ROWS);
    return {
      kind: 'select',
      select: two.final(from),
      proof: why('shards aggregate their own rows; a server groups the partial values'),
    };
  }
  const direct = await mergeDirectly(root, binding, two.merged, context);
  if (direct !== undefined) {
    const step = { shards, ...emitted, merge: direct };
    return {
      kind: 'step',
      class: 'two-phase',
      step,
      proof: why('shards aggregate their own rows, and groups of the same key are merged'),
    };
  }
  const finished = await mergeThenFinish(request, two, two.merged, { shards, ...emitted });
  return { ...finished, proof: why(finished.proof) };
}

function allShards({ shardCount }: PlanContext): number[] {
  return Array.from({ length: shardCount }, (_, shard) => shard);
}

/** The merge of a statement whose columns and sort keys are all keys or aggregates; undefined for others. */
async function mergeDirectly(
  block: Block,
  binding: Binding,
  merged: MergedGroups,
  context: PlanContext,
): Promise<PlannedMerge | undefined> {
  const { select } = block;
  const windows = block.calls.some((call) => call.over !== undefined);
  if (merged.outputs === undefined || select.havingClause || select.distinctClause || windows)
    return undefined;
  const { outputs } = merged;
  const columns = await describeSelect(select, context);
  const sort = (select.sortClause ?? []).map((item) => {
    const by = bodyOf(item, 'SortBy');
    const { node, output } = followItem(by?.node as Node, block, binding);
    const position = output ?? outputs.indexOf(node === undefined ? -1 : merged.columnOf(node));
    const described = columns[position];
    if (described === undefined || by?.sortby_dir === 'SORTBY_USING') return undefined;
    const target = namedTargets(block, binding)[position]?.node;
    const order = orderOf(
      described,
      textOrder(target, undefined, binding, context.catalog),
      'order',
    );
    const descending = by?.sortby_dir === 'SORTBY_DESC';
    const nulls = by?.sortby_nulls;
    const nullsFirst =
      nulls === 'SORTBY_NULLS_FIRST' || (nulls !== 'SORTBY_NULLS_LAST' && descending);
    return order && { column: outputs[position] as number, order, descending, nullsFirst };
  });
  if (!sort.every((key) => key !== undefined)) return undefined;
  return { combine: merged.combine, sort, limit: limitOf(select, context), columns: outputs };
}

/** Groups are merged here, and a server computes expressions over them. */
async function mergeThenFinish(
  { binding, context, stage }: SettleRequest,
  two: TwoPhase,
  merged: MergedGroups,
  step: Omit<PlannedStep, 'merge'>,
): Promise<Settled> {
  const shape = two.mergedShape();
  const described = collate(await describeSelect(shape, context), shape, binding, context);
  const columns = described.map((column, i) => ({ ...column, name: merged.names[i] as string }));
  const merge: PlannedMerge = {
    combine: merged.combine,
    sort: [],
    limit: undefined,
    columns: columns.map((_, i) => i),
  };
  const id = stage.step({ ...step, merge }, columns, 'groups');
  const from = subqueryNode(stagedSelect(id, columns, context), ROWS);
  const proof =
    'shards aggregate their own rows, and groups of the same key are merged; a server computes what is made of them';
  return { kind: 'select', select: two.final(from), proof };
}
