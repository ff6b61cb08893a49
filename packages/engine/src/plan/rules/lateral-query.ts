/** A LATERAL subquery that compares its rows with the outer row by `=`, taken apart. */
import {
  andNode,
  columnNode,
  conjuncts,
  expression,
  selectOf,
  targetNode,
} from '../../sql/build.js';
import { bodyOf, type Node, namesOf, type SelectStmt } from '../../sql/tree.js';
import type { Binding, Block } from '../binder/block.js';
import type { DescribedColumn, PlanContext } from '../plan-context.js';
import { type Equality, equalityOf, outerIn } from './correlation.js';
import { FOUND } from './decorrelate.js';
import { namedTargets } from './final-select.js';
import { oneGroupForEach } from './lookup-keys.js';
import { closed, type RepairContext, semiJoin } from './repair-parts.js';
import { describeSelect, withSortColumns } from './shard-select.js';

export interface LateralQuery {
  readonly block: Block;
  /** What its rows and the outer row are compared by. */
  readonly pairs: readonly Equality[];
  /** The other terms of its WHERE, and those that leave out what no outer row asks for. */
  readonly free: readonly Node[];
  /** Its columns, then what it sorts by besides. */
  readonly values: readonly Node[];
  readonly width: number;
  /** Its ORDER BY, of the values from `column0` on in a relation. */
  readonly sort: (relation: string, column0: number) => Node[];
}

/** Its parts; undefined where the block is no LATERAL subquery, or of another shape. */
export function lateralQuery(
  block: Block,
  binding: Binding,
  context: PlanContext,
): LateralQuery | undefined {
  const { select } = block;
  const relation = block.outer?.relations.find(
    ({ source }) => source.kind === 'subquery' && source.lateral && source.block === block,
  );
  const plain =
    relation !== undefined &&
    block.outerColumns.size > 0 &&
    relation.block.outerColumns.size === 0 &&
    [...block.outerColumns].every((column) => column.relation.block === block.outer) &&
    block.arms === undefined &&
    select.withClause === undefined &&
    select.valuesLists === undefined &&
    !(select.distinctClause ?? []).some((item) => Object.keys(item ?? {}).length > 0) &&
    block.sublinks.every((link) => link.block.outerColumns.size === 0) &&
    block.calls.every((call) => call.over === undefined && !isVolatile(call.funcname, context));
  if (!plain) return undefined;
  const { whereClause, ...elsewhere } = select;
  if (outerIn(elsewhere, block, binding)) return undefined;
  const terms = conjuncts(whereClause);
  const correlated = terms.filter((term) => outerIn(term, block, binding));
  const pairs = correlated.map((term) => equalityOf(term, block, binding));
  if (!pairs.every((pair) => pair !== undefined)) return undefined;
  const sorted = withSortColumns(block, binding);
  const hidden = (sorted.select.targetList ?? []).slice(select.targetList?.length ?? 0);
  const free = terms.filter((term) => !correlated.includes(term));
  return {
    block,
    pairs,
    free: [...free, ...semiJoin(pairs, binding)],
    values: [
      ...namedTargets(block, binding).map(({ node }) => node),
      ...hidden.map((target) => bodyOf(target, 'ResTarget')?.val as Node),
    ],
    width: sorted.width,
    sort: (name, column0) =>
      sorted.sort.map(({ column, item }): Node => {
        const by = bodyOf(item, 'SortBy');
        return { SortBy: { ...by, node: columnNode(name, `c${column0 + column}`) } };
      }),
  };
}

function isVolatile(funcname: Node[] | undefined, { catalog }: PlanContext): boolean {
  const names = namesOf(funcname);
  const schema = names.length > 1 ? names[0] : undefined;
  return catalog.function(schema, names.at(-1) ?? '')?.volatility === 'volatile';
}

/** What it gives for all outer rows: the values it is compared by as `c0…`, then `values`. */
export function forAllRows(
  { block, pairs, free }: LateralQuery,
  values: readonly Node[],
  more: Partial<SelectStmt>,
): SelectStmt {
  const { fromClause, withClause } = closed(block);
  const where = andNode(free);
  const targets = [...pairs.map(({ inner }) => inner), ...values];
  return selectOf(
    targets.map((node, i) => targetNode(node, `c${i}`)),
    {
      ...(fromClause && { fromClause }),
      ...(withClause && { withClause }),
      ...(where && { whereClause: where }),
      ...more,
    },
  );
}

/** Its columns; undefined where one outer row could find what is of several values. */
export async function describeForAllRows(
  { block, pairs }: LateralQuery,
  select: SelectStmt,
  parts: RepairContext,
): Promise<readonly DescribedColumn[] | undefined> {
  const columns = await describeSelect(select, parts.context);
  const found = await oneGroupForEach(pairs, columns, block.outer as Block, parts);
  return found ? columns : undefined;
}

/** What the outer row finds. */
export function foundBy({ pairs }: LateralQuery): Node[] {
  return pairs.map(({ outer }, i) =>
    expression('k = o', { k: columnNode(FOUND, `c${i}`), o: outer }),
  );
}
