/** Makers of parse tree nodes, and SQL templates. */
import { parseSync } from 'libpg-query';
import { bodyOf, type Node, type SelectStmt } from './tree.js';
import { replaceNodes } from './walk.js';

export function stringNode(sval: string): Node {
  return { String: { sval } };
}

/** `a`, `t.a`, … */
export function columnNode(...names: readonly string[]): Node {
  return { ColumnRef: { fields: names.map(stringNode) } };
}

/** An integer that is not negative. The grammar leaves 0 out. */
export function integerNode(value: number): Node {
  return { A_Const: { ival: value === 0 ? {} : { ival: value } } };
}

/** A column of a select list. */
export function targetNode(val: Node, name?: string): Node {
  return { ResTarget: { val, ...(name !== undefined && { name }) } };
}

export function andNode(terms: readonly Node[]): Node | undefined {
  if (terms.length <= 1) return terms[0];
  return { BoolExpr: { boolop: 'AND_EXPR', args: [...terms] } };
}

/** The terms of a condition that have to hold together. */
export function conjuncts(condition: Node | undefined): Node[] {
  if (condition === undefined) return [];
  const all = bodyOf(condition, 'BoolExpr');
  if (all?.boolop === 'AND_EXPR') return (all.args ?? []).flatMap(conjuncts);
  return [condition];
}

/** A select list over a FROM, with what else it has. */
export function selectOf(targetList: Node[], more: Partial<SelectStmt> = {}): SelectStmt {
  return { targetList, limitOption: 'LIMIT_OPTION_DEFAULT', op: 'SETOP_NONE', ...more };
}

/** A SELECT without its LIMIT and OFFSET. */
export function withoutLimit(select: SelectStmt): SelectStmt {
  const { limitCount: _count, limitOffset: _offset, ...rest } = select;
  return { ...rest, limitOption: 'LIMIT_OPTION_DEFAULT' };
}

/** A subquery of a FROM. */
export function subqueryNode(select: SelectStmt, alias: string, lateral = false): Node {
  return {
    RangeSubselect: {
      ...(lateral && { lateral }),
      subquery: { SelectStmt: select },
      alias: { aliasname: alias },
    },
  };
}

const templates = new Map<string, Node>();

/** The tree of an expression, with the column names of `values` replaced: `expression('a0::int8', { a0: node })`. */
export function expression(sql: string, values: Readonly<Record<string, Node>> = {}): Node {
  return replaceNodes(templateOf(sql), (kind, body) => {
    if (kind !== 'ColumnRef') return undefined;
    const fields = body.fields as Node[];
    const name = fields.length === 1 ? bodyOf(fields[0], 'String')?.sval : undefined;
    return name !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
  });
}

/** A cast to a type by its SQL name, as the server writes it. */
export function castNode(value: Node, typeName: string): Node {
  return expression(`value::${typeName}`, { value });
}

function templateOf(sql: string): Node {
  const known = templates.get(sql);
  if (known !== undefined) return known;
  const { stmts } = parseSync(`select ${sql}`) as { stmts: { stmt: Node }[] };
  const [target] = bodyOf(stmts[0]?.stmt, 'SelectStmt')?.targetList ?? [];
  const node = bodyOf(target, 'ResTarget')?.val as Node;
  templates.set(sql, node);
  return node;
}

/** The tree of a SELECT. */
export function parseSelect(sql: string): SelectStmt {
  const { stmts } = parseSync(sql) as { stmts: { stmt: Node }[] };
  return bodyOf(stmts[0]?.stmt, 'SelectStmt') as SelectStmt;
}
