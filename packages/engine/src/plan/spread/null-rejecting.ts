/**
 * Conditions that do not hold where a column is NULL. Above an outer join, they leave out the rows that the join has filled with
 * NULLs.
 */
import { conjuncts } from '../../sql/build.js';
import { bodyOf, type Node } from '../../sql/tree.js';
import { type Binding, type Column, columnKey } from '../binder/block.js';
import { columnOf } from './equalities.js';

/** Types whose comparisons all came with PostgreSQL, and are NULL where one side is. */
const BUILT_IN = new Set([
  'bool',
  'int2',
  'int4',
  'int8',
  'oid',
  'float4',
  'float8',
  'numeric',
  'text',
  'varchar',
  'bpchar',
  'name',
  'date',
  'timestamp',
  'timestamptz',
  'time',
  'timetz',
  'interval',
  'uuid',
  'bytea',
]);

const COMPARISON = /^(=|<>|!=|<|>|<=|>=|~~|!~~|~~\*|!~~\*|~|!~|~\*|!~\*)$/;

/** The columns that are not NULL in any row that meets a condition, as far as that is plain to see. By their keys. */
export function nonNullColumns(condition: Node | undefined, binding: Binding): Set<string> {
  const found = new Set<string>();
  for (const term of conjuncts(condition)) for (const key of ofTerm(term, binding)) found.add(key);
  return found;
}

function ofTerm(term: Node, binding: Binding): Iterable<string> {
  const either = bodyOf(term, 'BoolExpr');
  if (either?.boolop === 'OR_EXPR') {
    const [first, ...rest] = (either.args ?? []).map((arg) => nonNullColumns(arg, binding));
    return [...(first ?? [])].filter((key) => rest.every((keys) => keys.has(key)));
  }
  const test = bodyOf(term, 'NullTest');
  if (test?.nulltesttype === 'IS_NOT_NULL') return keysOf([columnOf(test.arg, binding)]);
  const comparison = bodyOf(term, 'A_Expr');
  if (comparison === undefined) return [];
  const name = bodyOf(comparison.name?.at(-1), 'String')?.sval ?? '';
  switch (comparison.kind) {
    case 'AEXPR_OP':
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE': {
      if (!COMPARISON.test(name)) return [];
      const sides = [comparison.lexpr, comparison.rexpr];
      return keysOf(sides.map((side) => comparable(side, binding)));
    }
    case 'AEXPR_OP_ANY':
      return COMPARISON.test(name) ? keysOf([comparable(comparison.lexpr, binding)]) : [];
    case 'AEXPR_IN':
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
      return keysOf([comparable(comparison.lexpr, binding)]);
    default:
      return [];
  }
}

/** A table's column of a type whose comparisons are known. */
function comparable(node: Node | undefined, binding: Binding): Column | undefined {
  const column = columnOf(node, binding);
  return column !== undefined && isComparable(column) ? column : undefined;
}

/** Whether a column is a table's, of a type whose comparisons are known. */
export function isComparable({ relation, index }: Column): boolean {
  return BUILT_IN.has(relation.columns[index]?.catalog?.internalType ?? '');
}

function keysOf(columns: readonly (Column | undefined)[]): string[] {
  return columns.flatMap((column) => (column === undefined ? [] : [columnKey(column)]));
}
