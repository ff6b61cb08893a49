/**
 * The name of an output column that has none in the statement: the rules of `FigureColname` in
 * src/backend/parser/parse_target.c.
 */
import { bodyOf, kindOf, type Node, namesOf } from './tree.js';

/** A name, and how good it is: a cast's own name gives way to what it casts. */
interface Figured {
  readonly name: string;
  readonly strength: 0 | 1 | 2;
}

const NONE: Figured = { name: '?column?', strength: 0 };

/** Names of the SQL functions that are words of the grammar. */
const WORDS: Readonly<Record<string, string>> = {
  SVFOP_CURRENT_DATE: 'current_date',
  SVFOP_CURRENT_TIME: 'current_time',
  SVFOP_CURRENT_TIME_N: 'current_time',
  SVFOP_CURRENT_TIMESTAMP: 'current_timestamp',
  SVFOP_CURRENT_TIMESTAMP_N: 'current_timestamp',
  SVFOP_LOCALTIME: 'localtime',
  SVFOP_LOCALTIME_N: 'localtime',
  SVFOP_LOCALTIMESTAMP: 'localtimestamp',
  SVFOP_LOCALTIMESTAMP_N: 'localtimestamp',
  SVFOP_CURRENT_ROLE: 'current_role',
  SVFOP_CURRENT_USER: 'current_user',
  SVFOP_USER: 'user',
  SVFOP_SESSION_USER: 'session_user',
  SVFOP_CURRENT_CATALOG: 'current_catalog',
  SVFOP_CURRENT_SCHEMA: 'current_schema',
};

/** Name of an output column: the one it is given, or the one the server makes up. */
export function columnName(target: Node): string {
  const body = bodyOf(target, 'ResTarget');
  return body?.name ?? figure(body?.val).name;
}

function figure(node: Node | undefined): Figured {
  if (node === undefined) return NONE;
  const strong = (name: string | undefined): Figured =>
    name === undefined ? NONE : { name, strength: 2 };
  switch (kindOf(node)) {
    case 'ColumnRef':
      return strong(namesOf(bodyOf(node, 'ColumnRef')?.fields).filter(Boolean).at(-1));
    case 'A_Indirection': {
      const { arg, indirection = [] } = bodyOf(node, 'A_Indirection') ?? {};
      const field = namesOf(indirection).filter(Boolean).at(-1);
      return field === undefined ? figure(arg) : strong(field);
    }
    case 'FuncCall':
      return strong(namesOf(bodyOf(node, 'FuncCall')?.funcname).at(-1));
    case 'A_Expr':
      return bodyOf(node, 'A_Expr')?.kind === 'AEXPR_NULLIF' ? strong('nullif') : NONE;
    case 'TypeCast': {
      const cast = bodyOf(node, 'TypeCast');
      const inner = figure(cast?.arg);
      if (inner.strength > 1) return inner;
      const type = namesOf(cast?.typeName?.names).at(-1);
      return type === undefined ? inner : { name: type, strength: 1 };
    }
    case 'CollateClause':
      return figure(bodyOf(node, 'CollateClause')?.arg);
    case 'CaseExpr': {
      const otherwise = figure(bodyOf(node, 'CaseExpr')?.defresult);
      return otherwise.strength > 1 ? otherwise : { name: 'case', strength: 1 };
    }
    case 'SubLink':
      return figureSubquery(node);
    default:
      return figureWord(node);
  }
}

function figureSubquery(node: Node): Figured {
  const link = bodyOf(node, 'SubLink');
  if (link?.subLinkType === 'EXISTS_SUBLINK') return { name: 'exists', strength: 2 };
  if (link?.subLinkType === 'ARRAY_SUBLINK') return { name: 'array', strength: 2 };
  if (link?.subLinkType !== 'EXPR_SUBLINK') return NONE;
  const [target] = leftmost(bodyOf(link.subselect, 'SelectStmt'))?.targetList ?? [];
  const body = bodyOf(target, 'ResTarget');
  if (body?.name !== undefined) return { name: body.name, strength: 2 };
  return figure(body?.val);
}

function leftmost<S extends { larg?: S }>(select: S | undefined): S | undefined {
  let arm = select;
  while (arm?.larg !== undefined) arm = arm.larg;
  return arm;
}

function figureWord(node: Node): Figured {
  const kind = kindOf(node);
  const named = (name: string): Figured => ({ name, strength: 2 });
  if (kind === 'A_ArrayExpr') return named('array');
  if (kind === 'RowExpr') return named('row');
  if (kind === 'CoalesceExpr') return named('coalesce');
  if (kind === 'GroupingFunc') return named('grouping');
  if (kind === 'MergeSupportFunc') return named('merge_action');
  if (kind === 'XmlSerialize') return named('xmlserialize');
  if (kind === 'MinMaxExpr') {
    return named(bodyOf(node, 'MinMaxExpr')?.op === 'IS_LEAST' ? 'least' : 'greatest');
  }
  if (kind === 'SQLValueFunction') {
    return named(WORDS[bodyOf(node, 'SQLValueFunction')?.op ?? ''] ?? '?column?');
  }
  if (kind === 'XmlExpr') {
    const word = /^IS_(\w+)$/.exec(bodyOf(node, 'XmlExpr')?.op ?? '')?.[1]?.toLowerCase();
    return word === undefined || word === 'document' ? NONE : named(word);
  }
  const json: Readonly<Record<string, string>> = {
    JsonParseExpr: 'json',
    JsonScalarExpr: 'json_scalar',
    JsonSerializeExpr: 'json_serialize',
    JsonObjectConstructor: 'json_object',
    JsonArrayConstructor: 'json_array',
    JsonArrayQueryConstructor: 'json_array',
    JsonObjectAgg: 'json_objectagg',
    JsonArrayAgg: 'json_arrayagg',
  };
  return json[kind] === undefined ? NONE : named(json[kind]);
}
