/** What an aggregating SELECT groups by, and what else one group has one value of. */
import { selectOf, targetNode } from '../../sql/build.js';
import { bodyOf, type FuncCall, kindOf, type Node } from '../../sql/tree.js';
import { replaceNodes } from '../../sql/walk.js';
import { type Binding, type Block, columnKey } from '../binder/block.js';
import type { DescribedColumn, PlanContext } from '../plan-context.js';
import { followItem } from '../spread/keys.js';
import { columnExpression, namedTargets } from './final-select.js';
import { expandSets } from './grouping-sets.js';
import { boundText, describeSelect } from './shard-select.js';

/** An expression of GROUP BY, or a column that depends on one. */
export interface Key {
  readonly text: string;
  readonly node: Node;
}

export interface Grouping {
  readonly keys: readonly Key[];
  /** GROUP BY as ordinals of the keys, with its grouping sets. */
  readonly clause: (first: number) => Node[];
  readonly sets: boolean;
  /** The same set comes twice: then its groups do, too. */
  readonly repeats: boolean;
}

export function groupingOf(block: Block, binding: Binding): Grouping {
  const keys: Key[] = [];
  const clause = block.select.groupClause ?? [];
  const add = (item: Node): number => {
    const { node, column } = followItem(item, block, binding);
    const value = column === undefined ? (node as Node) : columnExpression(column, binding);
    const text = column === undefined ? boundText(value, binding) : `#${columnKey(column)}`;
    const index = keys.findIndex((key) => key.text === text);
    return index >= 0 ? index : keys.push({ text, node: value }) - 1;
  };
  const shape = (item: Node): ((first: number) => Node) => {
    const set = bodyOf(item, 'GroupingSet');
    if (set !== undefined) {
      // `()` has no list, not an empty one.
      if (set.content === undefined) return () => item;
      const parts = set.content.map(shape);
      return (first) => ({ GroupingSet: { ...set, content: parts.map((part) => part(first)) } });
    }
    const row = bodyOf(item, 'RowExpr');
    if (row !== undefined) {
      const parts = (row.args ?? []).map(shape);
      return (first) => ({ RowExpr: { ...row, args: parts.map((part) => part(first)) } });
    }
    const index = add(item);
    return (first) => ({ A_Const: { ival: { ival: first + index } } });
  };
  const shapes = clause.map(shape);
  const sets = clause.some((item) => kindOf(item) === 'GroupingSet');
  const all = sets ? expandSets(clause).map((set) => [...new Set(set.map(add))].sort().join()) : [];
  return {
    keys,
    sets,
    repeats: new Set(all).size < all.length,
    clause: (first) => shapes.map((part) => part(first)),
  };
}

/** The parts of a SELECT that come after its grouping. */
function laterParts(block: Block, binding: Binding): unknown[] {
  const { select } = block;
  return [
    namedTargets(block, binding).map(({ node }) => node),
    select.havingClause,
    select.sortClause,
    select.distinctClause,
    select.windowClause,
  ];
}

/** The keys, and columns that depend on them (of a table grouped by its primary key). Undefined: a row as a whole. */
export function allKeys(
  block: Block,
  binding: Binding,
  keys: readonly Key[],
  calls: readonly FuncCall[],
): readonly Key[] | undefined {
  const all = [...keys];
  const aggregates = new Set<object>(calls);
  let whole = false;
  for (const part of laterParts(block, binding)) {
    replaceNodes(part, (_kind, body, node) => {
      if (aggregates.has(body) || all.some(({ text }) => text === boundText(node, binding)))
        return node;
      const reference = bodyOf(node, 'ColumnRef');
      if (reference === undefined || binding.outputs.has(reference)) return undefined;
      const column = binding.columns.get(reference);
      if (column === undefined || column.relation.block !== block) return undefined;
      if (column.index < 0) whole = true;
      else all.push({ text: `#${columnKey(column)}`, node: columnExpression(column, binding) });
      return undefined;
    });
  }
  return whole ? undefined : all;
}

export function uniqueCalls(
  calls: readonly FuncCall[],
  binding: Binding,
): { readonly text: string; readonly call: FuncCall }[] {
  const found = new Map<string, FuncCall>();
  for (const call of calls) found.set(boundText({ FuncCall: call }, binding), call);
  return [...found].map(([text, call]) => ({ text, call }));
}

/** Types of the calls' arguments and of the keys, which a server is asked for. */
export async function argumentTypes(
  block: Block,
  calls: readonly FuncCall[],
  keys: readonly Key[],
  context: PlanContext,
): Promise<{ calls: readonly (readonly DescribedColumn[])[]; keys: readonly DescribedColumn[] }> {
  const args = calls.flatMap(valuesOf);
  const nodes = [...keys.map(({ node }) => node), ...args];
  if (nodes.length === 0) return { calls: calls.map(() => []), keys: [] };
  const { fromClause, withClause } = block.select;
  const probe = selectOf(
    nodes.map((node, i) => targetNode(node, `c${i}`)),
    { ...(fromClause && { fromClause }), ...(withClause && { withClause }) },
  );
  const columns = await describeSelect(probe, context);
  let next = keys.length;
  const ofCalls = calls.map((call) => {
    const first = next;
    next += valuesOf(call).length;
    return columns.slice(first, next);
  });
  return { keys: columns.slice(0, keys.length), calls: ofCalls };
}

/** The values that an aggregate takes of each row. */
function valuesOf(call: FuncCall): Node[] {
  if (!call.agg_within_group) return call.args ?? [];
  return (call.agg_order ?? []).flatMap((item) => bodyOf(item, 'SortBy')?.node ?? []);
}
