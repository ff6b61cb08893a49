/** The parts of an expression that its value's collation can come from: what is compared, tested or counted has none. */
import { bodyOf, type Node, namesOf, textOf } from '../../sql/tree.js';
import { walk } from '../../sql/walk.js';

const COMPARING = new Set([
  ...['AEXPR_OP_ANY', 'AEXPR_OP_ALL', 'AEXPR_DISTINCT', 'AEXPR_NOT_DISTINCT', 'AEXPR_IN'],
  ...['AEXPR_LIKE', 'AEXPR_ILIKE', 'AEXPR_SIMILAR', 'AEXPR_BETWEEN', 'AEXPR_NOT_BETWEEN'],
  ...['AEXPR_BETWEEN_SYM', 'AEXPR_NOT_BETWEEN_SYM'],
]);
const COMPARISON = /^(=|<>|!=|<|>|<=|>=|~|~\*|!~|!~\*|~~|!~~|~~\*|!~~\*|@@|@>|<@|&&)$/;
const TESTS = new Set(['BoolExpr', 'NullTest', 'BooleanTest', 'GroupingFunc']);
/** Functions of texts that give something else. */
const MEASURING = new Set([
  ...['length', 'char_length', 'character_length', 'octet_length', 'bit_length', 'ascii'],
  ...['strpos', 'position', 'starts_with', 'count', 'hashtext', 'hashtextextended'],
  ...['to_number', 'to_date', 'to_timestamp', 'regexp_count', 'regexp_instr', 'regexp_like'],
  ...['rank', 'dense_rank', 'row_number', 'percent_rank', 'cume_dist', 'ntile'],
]);
/** Types of values without a collation, by their names in a tree. */
const PLAIN_TYPES =
  /^(bool|int[248]|oid|float[48]|numeric|date|time|timetz|timestamp|timestamptz|interval|uuid|bytea|jsonb?|inet|cidr)$/;

/** Visits what can give an expression its collation; `visit` may say false, to go no deeper. */
export function visitCollationSources(
  node: Node | undefined,
  visit: (kind: string, body: Record<string, unknown>) => false | undefined,
): void {
  walk(node, (kind, body) => {
    if (kind === 'CaseExpr') {
      const branches = (body.args as Node[] | undefined) ?? [];
      const results = branches.map((branch) => bodyOf(branch, 'CaseWhen')?.result);
      for (const part of [...results, body.defresult as Node | undefined])
        visitCollationSources(part, visit);
      return false;
    }
    return hasNone(kind, body) ? false : visit(kind, body);
  });
}

function hasNone(kind: string, body: Record<string, unknown>): boolean {
  if (TESTS.has(kind)) return true;
  if (kind === 'SubLink')
    return body.subLinkType !== 'EXPR_SUBLINK' && body.subLinkType !== 'ARRAY_SUBLINK';
  if (kind === 'A_Expr') {
    const name = textOf((body.name as Node[] | undefined)?.at(-1));
    return COMPARING.has(body.kind as string) || COMPARISON.test(name);
  }
  if (kind === 'TypeCast') {
    const type = body.typeName as { names?: Node[] } | undefined;
    return PLAIN_TYPES.test(namesOf(type?.names).at(-1) ?? '');
  }
  return kind === 'FuncCall' && MEASURING.has(namesOf(body.funcname as Node[]).at(-1) ?? '');
}
