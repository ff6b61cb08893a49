/** Which groups, windows and outputs hold a shard key. */
import { bodyOf, kindOf, type Node } from '../../sql/tree.js';
import type { Binding, Block, Column } from '../binder/block.js';
import { columnOf, type Equalities } from './equalities.js';
import type { Split } from './spread.js';

export interface KeyContext {
  readonly spread: Split;
  readonly equalities: Equalities;
  readonly binding: Binding;
}

/** The expression that an item of GROUP BY, DISTINCT ON or ORDER BY means: ordinals and output names are followed. */
export function followItem(
  item: Node,
  block: Block,
  binding: Binding,
): { node: Node | undefined; column: Column | undefined; output: number | undefined } {
  const reference = bodyOf(item, 'ColumnRef');
  const ordinal = bodyOf(item, 'A_Const')?.ival;
  const output =
    ordinal === undefined ? reference && binding.outputs.get(reference) : (ordinal.ival ?? 0) - 1;
  if (output === undefined) return { node: item, column: columnOf(item, binding), output };
  const target = block.outputs[output];
  return { node: target?.node, column: target?.column, output };
}

/** Whether rows of one group all lie on the same shard: it is grouped by a key. */
export function groupsHoldKey(items: readonly Node[], block: Block, context: KeyContext): boolean {
  const { spread, equalities, binding } = context;
  // Grouping sets group by fewer columns than they name.
  if (items.some((item) => kindOf(item) === 'GroupingSet')) return false;
  const columns = items.map((item) => followItem(item, block, binding).column);
  return spread.keys.some((key) =>
    key.every((part) => columns.some((column) => column && equalities.same(column, part))),
  );
}

/** Whether every window function sees rows of one shard only. */
export function windowsHoldKey(block: Block, context: KeyContext): boolean {
  const named = new Map(
    (block.select.windowClause ?? []).map((node) => {
      const definition = bodyOf(node, 'WindowDef');
      return [definition?.name ?? '', definition] as const;
    }),
  );
  return block.calls.every((call) => {
    if (call.over === undefined) return true;
    const { over } = call;
    const base = named.get(over.name ?? over.refname ?? '');
    const partition =
      over.partitionClause ??
      base?.partitionClause ??
      named.get(base?.refname ?? '')?.partitionClause;
    return groupsHoldKey(partition ?? [], block, context);
  });
}

/** The positions of the output that hold a key. */
export function outputKeys(block: Block, spread: Split, equalities: Equalities): number[][] {
  return spread.keys.flatMap((key) => {
    const positions = key.map((part) =>
      block.outputs.findIndex(
        ({ column }) => column !== undefined && equalities.same(column, part),
      ),
    );
    return positions.every((position) => position >= 0) ? [positions] : [];
  });
}
