/** Set operations of which shards can compute their own part. */
import { withoutLimit } from '../../sql/build.js';
import type { Block } from '../binder/block.js';
import { blockSpread, type SpreadContext } from './block-spread.js';
import { Obstacle } from './obstacle.js';
import { checkPinned } from './pinned-arms.js';
import { type OutputSpread, pinnedTogether, type SplitOutput } from './spread.js';

export interface ArmsSpread {
  readonly spread: OutputSpread;
  /** Whether the same row may come from several shards, and counts once. */
  readonly distinct: boolean;
}

/**
 * The spread of the outermost set operation, whose LIMIT, and whose duplicates over several shards, are for a merge to see to.
 *
 * @throws Obstacle
 */
export function rootArmsSpread(
  block: Block,
  arms: readonly [Block, Block],
  context: SpreadContext,
): ArmsSpread {
  const select = withoutLimit(block.select);
  const isUnion = select.op === 'SETOP_UNION';
  if (isUnion && select.all !== true) {
    const parts = arms.flatMap(unionLeaves);
    const leaves = parts.map((leaf) => blockSpread(leaf, [], context));
    const [first] = leaves;
    if (leaves.every(({ kind }) => kind === 'split')) {
      const splits = leaves as SplitOutput[];
      const pinned = splits.every((other) => pinnedTogether(splits[0] as SplitOutput, other));
      if (!pinned)
        parts.forEach(
          (leaf, i) => void checkPinned(leaf, splits[i] as SplitOutput, context.placement),
        );
      const shards = pinned ? splits[0]?.shards : union(splits);
      return { spread: { ...(first as SplitOutput), keys: [], shards }, distinct: !pinned };
    }
    const whole = leaves.every((leaf) => leaf.kind === 'everywhere');
    if (whole && first !== undefined) return { spread: first, distinct: false };
  }
  try {
    return { spread: blockSpread({ ...block, select }, [], context), distinct: false };
  } catch (error) {
    if (!(error instanceof Obstacle) || error.repair.kind !== 'block') throw error;
    if (error.repair.block.select !== select) throw error;
    // The outermost itself cannot be computed before itself: its arms are.
    const arm = arms.find((one) => blockSpread(one, [], context).kind === 'split') as Block;
    throw new Obstacle(error.message, { kind: 'block', block: arm });
  }
}

/** The arms of UNIONs within a UNION: duplicates between them go with those of the outermost. */
function unionLeaves(block: Block): Block[] {
  const { select, arms } = block;
  const plain = select.limitCount === undefined && select.limitOffset === undefined;
  if (arms !== undefined && select.op === 'SETOP_UNION' && plain) return arms.flatMap(unionLeaves);
  return [block];
}

function union(splits: readonly SplitOutput[]): readonly number[] | undefined {
  if (splits.some(({ shards }) => shards === undefined)) return undefined;
  return [...new Set(splits.flatMap(({ shards }) => shards ?? []))];
}
