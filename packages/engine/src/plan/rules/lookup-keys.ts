/** Whether rows that were grouped beforehand are those that an equality would have picked. */
import { selectOf, targetNode } from '../../sql/build.js';
import type { Block } from '../binder/block.js';
import type { DescribedColumn } from '../plan-context.js';
import { textOrder } from './collation.js';
import type { Equality } from './correlation.js';
import { closed, type RepairContext } from './repair-parts.js';
import { describeSelect } from './shard-select.js';

const INTEGERS = ['int2', 'int4', 'int8', 'numeric'];
const NUMBERS = [...INTEGERS, 'float4', 'float8'];
const TEXTS = ['text', 'varchar', 'name'];

/** By the type that is grouped: those it is compared with as itself, or as a type that has another value for each of its own. */
const TOLD_APART: Readonly<Record<string, readonly string[]>> = {
  int2: NUMBERS,
  int4: NUMBERS,
  int8: INTEGERS,
  numeric: INTEGERS,
  float4: NUMBERS,
  float8: NUMBERS,
  date: ['date', 'timestamp'],
  text: TEXTS,
  varchar: TEXTS,
  name: TEXTS,
  bpchar: ['bpchar', ...TEXTS],
};

/**
 * Whether at most one group of the inner values equals an outer value: int8 values that differ may be equal as float8.
 *
 * @param columns what the inner values are
 */
export async function oneGroupForEach(
  pairs: readonly Equality[],
  columns: readonly DescribedColumn[],
  outer: Block,
  { binding, context }: RepairContext,
): Promise<boolean> {
  const { fromClause, withClause } = closed(outer);
  const probe = selectOf(
    pairs.map((pair, i) => targetNode(pair.outer, `c${i}`)),
    { ...(fromClause && { fromClause }), ...(withClause && { withClause }) },
  );
  const compared = await describeSelect(probe, context);
  return pairs.every((pair, i) => {
    const [own, other] = [columns[i] as DescribedColumn, compared[i] as DescribedColumn];
    const both = { RowExpr: { args: [pair.inner, pair.outer] } };
    if (!textOrder(both, undefined, binding, context.catalog).deterministic) return false;
    const types = TOLD_APART[own.internalType];
    return types === undefined
      ? own.typeName === other.typeName
      : types.includes(other.internalType);
  });
}
