/** The aggregates of a SELECT in two halves: what a shard is asked for, one partial value after the other. */
import {
  type AccumulatorOptions,
  type AggregateSplit,
  type ColumnOrder,
  distinctKernelName,
  orderedSetKernelName,
} from '@millrace/operators';
import { castNode, expression } from '../../sql/build.js';
import { bodyOf, type FuncCall, type Node, namesOf } from '../../sql/tree.js';
import type { Catalog } from '../../topology/catalog.js';
import type { Binding } from '../binder/block.js';
import { type DescribedColumn, orderOf, type PlanContext } from '../plan-context.js';
import { textOrder } from './collation.js';
import { boundText } from './shard-select.js';
import { isRecord } from './stage-rows.js';

export interface Call {
  readonly text: string;
  readonly call: FuncCall;
  readonly split: AggregateSplit;
  /** Positions of its partial values among those of all calls; of a DISTINCT call, of its argument among the keys. */
  readonly partials: readonly number[];
  readonly distinct: boolean;
  /** Of calls over values that are keys: the kernel that combines them here; undefined where only a server can. */
  readonly overKeys: KeyKernel | undefined;
  /** Of an ordered set: only a kernel can combine it. */
  readonly ordered: boolean;
}

export interface KeyKernel {
  readonly kernel: string;
  readonly options?: AccumulatorOptions;
}

export interface PlannedCalls {
  readonly calls: readonly Call[];
  readonly partials: readonly Node[];
  readonly distinctKeys: readonly Node[];
}

/** Aggregates to which DISTINCT makes no difference. */
const INDIFFERENT = new Set(['min', 'max', 'bool_and', 'bool_or', 'every', 'bit_and', 'bit_or']);
/** Aggregates that a server can compute over distinct values which have been brought together. */
const OVER_DISTINCT = new Set([
  'count',
  'sum',
  'avg',
  'stddev',
  'stddev_pop',
  'stddev_samp',
  'variance',
  'var_pop',
  'var_samp',
]);

export function planCalls(
  calls: readonly { readonly text: string; readonly call: FuncCall }[],
  types: readonly (readonly DescribedColumn[])[],
  binding: Binding,
  context: PlanContext,
): PlannedCalls | undefined {
  const partials: Node[] = [];
  const texts: string[] = [];
  const distinctKeys: Node[] = [];
  const planned: Call[] = [];
  const addPartial = (partial: Node): number => {
    const text = boundText(partial, binding);
    const known = texts.indexOf(text);
    if (known >= 0) return known;
    texts.push(text);
    return partials.push(partial) - 1;
  };
  for (const [i, { text: callText, call }] of calls.entries()) {
    const names = namesOf(call.funcname);
    if (names.length > 1 && names[0] !== 'pg_catalog') return undefined;
    if (context.catalog.function(undefined, names.at(-1) ?? '')?.userDefined) return undefined;
    const name = names.at(-1) ?? '';
    const type = types[i]?.[0];
    const distinct = call.agg_distinct === true && !INDIFFERENT.has(name);
    if (distinct || call.agg_within_group) {
      const values = distinct ? distinctCall(call, name, type) : orderedCall(call, name, type);
      if (values === undefined || type === undefined || isRecord(type)) return undefined;
      const text = textOrder(values.node, undefined, binding, context.catalog);
      const order = orderOf(type, text, distinct ? 'equality' : 'order');
      const overKeys = order && values.kernel(order);
      if (!distinct && overKeys === undefined) return undefined;
      const key = distinctKeys.push(values.node) - 1;
      const counts = distinct ? [] : [addPartial(expression('count(*)'))];
      const shape = { split: NO_SPLIT, partials: [key, ...counts], distinct, ordered: !distinct };
      planned.push({ text: callText, call, overKeys, ...shape });
      continue;
    }
    const split = context.splitAggregate({
      name,
      argumentTypes: (types[i] ?? []).map(({ internalType }) => internalType),
      comparable: textOrder(call.args?.[0], undefined, binding, context.catalog).byteOrder,
    });
    if (split === undefined) return undefined;
    const own = split.partials.map((sql) => addPartial(partialNode(sql, call)));
    const shape = { split, partials: own, distinct, overKeys: undefined, ordered: false };
    planned.push({ text: callText, call, ...shape });
  }
  return { calls: planned, partials, distinctKeys };
}

const NO_SPLIT: AggregateSplit = { partials: [], finalSql: undefined, kernel: undefined };

/** Values that are keys of the shards' groups, and the kernel that combines them. */
interface KeyValues {
  readonly node: Node;
  readonly kernel: (order: ColumnOrder) => KeyKernel | undefined;
}

function distinctCall(
  call: FuncCall,
  name: string,
  type: DescribedColumn | undefined,
): KeyValues | undefined {
  const [value, another] = call.args ?? [];
  if (!OVER_DISTINCT.has(name) || value === undefined || another !== undefined) return undefined;
  return {
    node: whereCounted(value, call),
    kernel: (order) => {
      const kernel = distinctKernelName(name, type?.internalType ?? '', order);
      return kernel === undefined ? undefined : { kernel };
    },
  };
}

const NUMBERS = /^(int[248]|float[48]|numeric)$/;

/** Percentiles and modes: of one value, with a fraction that is a constant. */
function orderedCall(
  call: FuncCall,
  name: string,
  type: DescribedColumn | undefined,
): KeyValues | undefined {
  const [item, another] = call.agg_order ?? [];
  const by = bodyOf(item, 'SortBy');
  if (by?.node === undefined || another !== undefined || by.sortby_dir === 'SORTBY_USING')
    return undefined;
  const constant = bodyOf(call.args?.[0], 'A_Const');
  const fraction =
    constant?.fval === undefined ? (constant?.ival?.ival ?? 0) : Number(constant.fval.fval);
  const takes = call.args?.length ?? 0;
  if (takes !== (name === 'mode' ? 0 : 1) || (takes === 1 && constant === undefined))
    return undefined;
  if (constant?.isnull || constant?.sval || fraction < 0 || fraction > 1) return undefined;
  const continuous = name === 'percentile_cont';
  if (continuous && !NUMBERS.test(type?.internalType ?? '')) return undefined;
  const value = continuous ? castNode(by.node, 'float8') : by.node;
  return {
    node: whereCounted(value, call),
    kernel: (order) => {
      const kernel = orderedSetKernelName(name, continuous ? 'value' : order);
      const descending = by.sortby_dir === 'SORTBY_DESC';
      return kernel === undefined ? undefined : { kernel, options: { fraction, descending } };
    },
  };
}

/** A value, but NULL, which counts for nothing, where the filter leaves the row out. */
function whereCounted(value: Node, call: FuncCall): Node {
  if (call.agg_filter === undefined) return value;
  return expression('case when c then v end', { c: call.agg_filter, v: value });
}

/** A partial value: the template's call over the arguments, with the filter of the original call. */
function partialNode(sql: string, call: FuncCall): Node {
  const values = Object.fromEntries((call.args ?? []).map((node, i) => [`a${i}`, node]));
  const node = expression(sql, values);
  if (call.agg_filter === undefined) return node;
  const body = bodyOf(node, 'FuncCall') as FuncCall;
  return { FuncCall: { ...body, agg_filter: call.agg_filter } };
}

/** Aggregates that PostgreSQL itself computes from nothing less than all members of a group. */
const OF_MEMBERS =
  /^(array_agg|string_agg|(json|jsonb)_(object_)?agg(_strict|_unique|_unique_strict)?|xmlagg|range_agg|percentile_(cont|disc)|mode|rank|dense_rank|percent_rank|cume_dist)$/;

/** Whether it is members of groups that calls need: none is an aggregate of a user's, and what could be split goes with them. */
export function moveMembers(calls: readonly FuncCall[], catalog: Catalog): boolean {
  const names = calls.map(({ funcname }) => {
    const parts = namesOf(funcname);
    const name = parts.at(-1) ?? '';
    const builtIn = parts.length === 1 || parts[0] === 'pg_catalog';
    return builtIn && !catalog.function(undefined, name)?.userDefined ? name : undefined;
  });
  if (!names.every((name) => name !== undefined)) return false;
  const splits = (name: string): boolean => INDIFFERENT.has(name) || OVER_DISTINCT.has(name);
  return names.some((name) => OF_MEMBERS.test(name)) || names.every((name) => splits(name));
}
