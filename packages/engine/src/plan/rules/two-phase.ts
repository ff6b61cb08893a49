/** Aggregates in two halves: each shard groups its own rows, and groups of the same key are merged. */
import type { Accumulator, Combine, GroupKey } from '@millrace/operators';
import {
  castNode,
  columnNode,
  expression,
  integerNode,
  selectOf,
  targetNode,
} from '../../sql/build.js';
import { bodyOf, type FuncCall, type Node, type SelectStmt } from '../../sql/tree.js';
import type { Binding, Block } from '../binder/block.js';
import { type DescribedColumn, orderOf, type PlanContext } from '../plan-context.js';
import { aggregateCalls } from '../spread/aggregated.js';
import { textOrder } from './collation.js';
import { finalSelect, namedTargets } from './final-select.js';
import { ROWS } from './finish-rows.js';
import {
  allKeys,
  argumentTypes,
  type Grouping,
  groupingOf,
  type Key,
  uniqueCalls,
} from './group-keys.js';
import { boundText } from './shard-select.js';
import { type Call, type PlannedCalls, planCalls } from './split-calls.js';

export interface TwoPhase {
  /** What each shard is asked: keys `k0…`, then partial values `p0…`. */
  readonly core: SelectStmt;
  /** How the shards' groups are merged here; undefined: the final SELECT groups them. */
  readonly merged: MergedGroups | undefined;
  /** The whole over the rows of `core`, or of the merge. */
  readonly final: (from: Node) => SelectStmt;
  /** A SELECT whose columns are of the types of the merged ones: keys, then aggregates. */
  readonly mergedShape: () => SelectStmt;
  readonly groups: PartialGroups;
}

/** What a shard's groups are by, and what it is asked of each. */
export interface PartialGroups extends Pick<PlannedCalls, 'calls' | 'partials'> {
  readonly keys: readonly Key[];
  readonly keyColumns: readonly DescribedColumn[];
  readonly sets: boolean;
}

export interface MergedGroups {
  readonly combine: Extract<Combine, { kind: 'aggregate' }>;
  /** Names of the columns that come out. */
  readonly names: readonly string[];
  /** For each output column of the statement the column that it is; undefined where one is an expression. */
  readonly outputs: readonly number[] | undefined;
  /** The column an expression is; −1 for none. */
  readonly columnOf: (node: Node) => number;
}

/** GROUPING takes so many arguments (src/backend/parser/parse_agg.c). */
const MOST_GROUPING = 31;

/** Splits an aggregating SELECT; undefined where one of its aggregates cannot be split. */
export async function splitAggregates(
  block: Block,
  binding: Binding,
  context: PlanContext,
): Promise<TwoPhase | undefined> {
  const grouping = groupingOf(block, binding);
  if (grouping.repeats || (grouping.sets && grouping.keys.length > MOST_GROUPING)) return undefined;
  const calls = aggregateCalls(block, context.placement);
  const inOrder = ({ agg_order, agg_distinct, agg_within_group }: FuncCall): boolean =>
    agg_order !== undefined && !agg_distinct && !agg_within_group;
  if (calls.some(inOrder)) return undefined;
  const keys = allKeys(block, binding, grouping.keys, calls);
  if (keys === undefined || (grouping.sets && keys.length > grouping.keys.length)) return undefined;
  const distinctCalls = uniqueCalls(calls, binding);
  const types = await argumentTypes(
    block,
    distinctCalls.map(({ call }) => call),
    keys,
    context,
  );
  const plan = planCalls(distinctCalls, types.calls, binding, context);
  if (plan === undefined || (grouping.sets && plan.distinctKeys.length > 0)) return undefined;
  return assemble({ block, binding, context, grouping, keys, keyColumns: types.keys, ...plan });
}

interface Assembly extends PlannedCalls {
  readonly block: Block;
  readonly binding: Binding;
  readonly context: PlanContext;
  readonly grouping: Grouping;
  readonly keys: readonly Key[];
  readonly keyColumns: readonly DescribedColumn[];
}

function assemble(parts: Assembly): TwoPhase | undefined {
  const { block, grouping, keys, partials, distinctKeys, calls } = parts;
  const { fromClause, whereClause, withClause } = block.select;
  const mask = grouping.sets && grouping.keys.length > 0 ? [maskNode(grouping.keys)] : [];
  const all = [...keys.map(({ node }) => node), ...distinctKeys];
  const targets = [
    ...all.map((node, i) => targetNode(node, `k${i}`)),
    ...mask.map((node) => targetNode(node, 'mask')),
    ...partials.map((node, i) => targetNode(node, `p${i}`)),
  ];
  const ordinals = all.map((_, i): Node => ({ A_Const: { ival: { ival: i + 1 } } }));
  // GROUP BY () is one group, as no GROUP BY is.
  const groupClause = grouping.sets && grouping.keys.length > 0 ? grouping.clause(1) : ordinals;
  const core = selectOf(
    targets.length > 0 ? targets : [targetNode({ A_Const: { ival: { ival: 1 } } }, 'k0')],
    {
      ...(fromClause && { fromClause }),
      ...(whereClause && { whereClause }),
      ...(withClause && { withClause }),
      ...(groupClause.length > 0 && { groupClause }),
      // Without aggregates to ask for, the shard's only group must not be lost.
      ...(targets.length === 0 && {
        limitCount: { A_Const: { ival: { ival: 1 } } },
        limitOption: 'LIMIT_OPTION_COUNT' as const,
      }),
    },
  );
  if (targets.length === 0) return undefined;
  const kernels = calls.every(({ overKeys, split }) => overKeys ?? split.kernel);
  const merged = kernels ? mergeHere(parts, mask.length) : undefined;
  const shape = [
    ...keys.map(({ node }) => node),
    ...mask,
    ...calls.map(({ call }): Node => ({ FuncCall: call })),
  ];
  const shapeGroups = grouping.sets ? groupClause : groupClause.slice(0, keys.length);
  const { groupClause: _ofCore, ...ungrouped } = core;
  const mergedShape = (): SelectStmt => ({
    ...ungrouped,
    ...(shapeGroups.length > 0 && { groupClause: shapeGroups }),
    targetList: shape.map((node, i) => targetNode(node, `c${i}`)),
  });
  const groups = { keys, keyColumns: parts.keyColumns, sets: grouping.sets, calls, partials };
  if (merged !== undefined)
    return { core, merged, mergedShape, groups, final: finalOverGroups(parts, merged) };
  if (!calls.every(({ distinct, split }) => distinct || split.finalSql !== undefined))
    return undefined;
  const final = finalOverPartials(parts, mask.length > 0);
  return { core, merged: undefined, mergedShape, groups, final };
}

/** Which keys a grouping set leaves out, as one number. */
function maskNode(keys: readonly Key[]): Node {
  return { GroupingFunc: { args: keys.map(({ node }) => node) } };
}

function mergeHere(parts: Assembly, masks: number): MergedGroups | undefined {
  const { block, binding, context, keys, keyColumns, calls, distinctKeys } = parts;
  const groupKeys = keys.map(({ node }, column): GroupKey | undefined => {
    const text = textOrder(node, undefined, binding, context.catalog);
    const order = orderOf(keyColumns[column] as DescribedColumn, text, 'equality');
    return order && { column, order };
  });
  if (!groupKeys.every((key) => key !== undefined)) return undefined;
  const all: GroupKey[] = [...groupKeys];
  if (masks > 0) all.push({ column: keys.length, order: 'value' });
  const first = all.length;
  // Keys, values that are keys of the shards' groups, the mask, partial values.
  const firstValue = keys.length;
  const firstPartial = keys.length + distinctKeys.length + masks;
  const combine = {
    kind: 'aggregate' as const,
    keys: all,
    accumulators: calls.map(({ split, partials, overKeys }): Accumulator => {
      if (overKeys === undefined) {
        const columns = partials.map((partial) => firstPartial + partial);
        return { kernel: split.kernel as string, columns };
      }
      const [key = 0, ...counts] = partials;
      const columns = [firstValue + key, ...counts.map((count) => firstPartial + count)];
      return { ...overKeys, columns };
    }),
  };
  const names = [
    ...keys.map((_, i) => `k${i}`),
    ...(masks > 0 ? ['mask'] : []),
    ...calls.map((_, i) => `a${i}`),
  ];
  const columnOf = (node: Node): number => {
    const text = boundText(node, binding);
    const key = keys.findIndex((candidate) => candidate.text === text);
    if (key >= 0) return key;
    const call = isOwnCall(node, block) ? calls.findIndex((one) => one.text === text) : -1;
    return call < 0 ? -1 : first + call;
  };
  const outputs = namedTargets(block, binding).map(({ node }) => columnOf(node));
  return { combine, names, columnOf, outputs: outputs.includes(-1) ? undefined : outputs };
}

/** A subquery may call an aggregate in the same words, of its own rows. */
export function isOwnCall(node: Node, block: Block): boolean {
  const call = bodyOf(node, 'FuncCall');
  return call !== undefined && block.calls.includes(call);
}

/** Over groups that are merged: each key and each aggregate is a column. */
function finalOverGroups(parts: Assembly, merged: MergedGroups): (from: Node) => SelectStmt {
  const translate = (node: Node): Node | undefined => {
    const column = merged.columnOf(node);
    if (column >= 0) return columnNode(ROWS, merged.names[column] as string);
    return groupingValue(node, parts);
  };
  return (from) => finalSelect(parts.block, parts.binding, from, translate, { grouped: false });
}

/** Over partial values: grouped once more, by a server. */
function finalOverPartials(parts: Assembly, masked: boolean): (from: Node) => SelectStmt {
  const { block, binding, keys, calls } = parts;
  const column = (name: string): Node => columnNode(ROWS, name);
  const translate = (node: Node): Node | undefined => {
    const text = boundText(node, binding);
    const key = keys.findIndex((candidate) => candidate.text === text);
    if (key >= 0) return column(`k${key}`);
    const call = isOwnCall(node, block) ? calls.find((one) => one.text === text) : undefined;
    if (call === undefined) return groupingValue(node, parts);
    if (call.distinct)
      return overDistinct(call, column(`k${keys.length + (call.partials[0] as number)}`));
    const values = Object.fromEntries(
      call.partials.map((partial, i) => [`p${i}`, column(`p${partial}`)]),
    );
    return expression(call.split.finalSql as string, values);
  };
  const groupClause = [...keys.map((_, i) => column(`k${i}`)), ...(masked ? [column('mask')] : [])];
  return (from) => finalSelect(block, binding, from, translate, { grouped: true, groupClause });
}

function overDistinct({ call }: Call, value: Node): Node {
  const { agg_filter: _filter, location: _location, ...rest } = call;
  return { FuncCall: { ...rest, args: [value] } };
}

/** `GROUPING(…)` out of the mask: the first of its arguments is the highest bit. */
function groupingValue(node: Node, { grouping, binding }: Assembly): Node | undefined {
  const call = bodyOf(node, 'GroupingFunc');
  if (call === undefined) return undefined;
  const bits = (call.args ?? []).map((arg) => {
    const text = boundText(arg, binding);
    const index = grouping.keys.findIndex((key) => key.text === text);
    return grouping.keys.length - 1 - index;
  });
  let value = integerNode(0);
  for (const bit of bits) {
    const shift = integerNode(bit);
    value = expression('(v << 1) | ((m >> s) & 1)', {
      v: value,
      m: columnNode(ROWS, 'mask'),
      s: shift,
    });
  }
  return castNode(value, 'int4');
}
