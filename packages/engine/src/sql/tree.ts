/**
 * PostgreSQL's parse tree as `libpg-query` gives it: a node is an object with one key, its type (`{ ColumnRef: { … } }`).
 * Nodes are never changed in place: a rewrite makes new ones and shares the rest.
 */
import type { Node } from '@pgsql/types';

export type {
  A_Const as Constant,
  A_Expr as OperatorExpression,
  BoolExpr,
  ColumnRef,
  CommonTableExpr,
  FuncCall,
  JoinExpr,
  Node,
  ParamRef,
  RangeFunction,
  RangeSubselect,
  RangeVar,
  ResTarget,
  SelectStmt,
  SortBy,
  SubLink,
  TypeCast,
  WindowDef,
  WithClause,
} from '@pgsql/types';

type NodeKind = Node extends infer N ? (N extends N ? keyof N : never) : never;
type NodeBody<K extends string> =
  Extract<Node, Record<K, unknown>> extends Record<K, infer Body> ? Body : never;

/** The body of a node of this kind; undefined for another kind. */
export function bodyOf<K extends NodeKind & string>(
  node: Node | undefined,
  kind: K,
): NodeBody<K> | undefined {
  return (node as Record<string, unknown> | undefined)?.[kind] as NodeBody<K> | undefined;
}

/** The kind of a node: `ColumnRef`, `FuncCall`, … */
export function kindOf(node: Node): string {
  for (const kind in node) return kind;
  return '';
}

/** The text of a String node. */
export function textOf(node: Node | undefined): string {
  return bodyOf(node, 'String')?.sval ?? '';
}

/** The names of a qualified name, outermost first. */
export function namesOf(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).map(textOf);
}

/** Whether a value is a node: an object whose only key is the name of a type. */
export function isNode(value: unknown): value is Node {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  let kind: string | undefined;
  for (const key in value) {
    if (kind !== undefined) return false;
    kind = key;
  }
  return kind !== undefined && kind.charCodeAt(0) >= 65 && kind.charCodeAt(0) <= 90;
}
