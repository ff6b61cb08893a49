/**
 * Functions whose value is one for the whole statement (`now()`, `current_date`), but would be another one on each shard: they
 * are computed once.
 */
import { castNode, targetNode } from '../../sql/build.js';
import { columnName } from '../../sql/column-name.js';
import { bodyOf, type Node, namesOf, type SelectStmt } from '../../sql/tree.js';
import { type Replace, replaceNodes } from '../../sql/walk.js';
import { deparseExpression, emit } from '../emit.js';
import type { PlanContext } from '../plan-context.js';

/** Types by the word of the grammar. */
const WORD_TYPES: Readonly<Record<string, string>> = {
  SVFOP_CURRENT_DATE: 'date',
  SVFOP_CURRENT_TIME: 'timetz',
  SVFOP_CURRENT_TIME_N: 'timetz',
  SVFOP_CURRENT_TIMESTAMP: 'timestamptz',
  SVFOP_CURRENT_TIMESTAMP_N: 'timestamptz',
  SVFOP_LOCALTIME: 'time',
  SVFOP_LOCALTIME_N: 'time',
  SVFOP_LOCALTIMESTAMP: 'timestamp',
  SVFOP_LOCALTIMESTAMP_N: 'timestamp',
  SVFOP_CURRENT_CATALOG: 'name',
};

/** Types by the name of the function, called without arguments. */
const FUNCTION_TYPES: Readonly<Record<string, string>> = {
  now: 'timestamptz',
  transaction_timestamp: 'timestamptz',
  statement_timestamp: 'timestamptz',
  current_database: 'name',
  version: 'text',
  pg_backend_pid: 'int4',
  inet_server_addr: 'inet',
  inet_server_port: 'int4',
  pg_postmaster_start_time: 'timestamptz',
};

/** A statement with such functions replaced by parameters. The same statement where there are none. */
export function computeOnce(select: SelectStmt, context: PlanContext): SelectStmt {
  const known = new Map<string, Node>();
  const replace: Replace = (kind, body, node) => {
    if (kind === 'ResTarget' && body.name === undefined) {
      const val = replaceNodes(body.val as Node, replace);
      // Whatever is outside knows the column by the function's name.
      return val === body.val ? node : targetNode(val, columnName(node));
    }
    const typeName = onceType(kind, body);
    if (typeName === undefined) return undefined;
    const text = deparseExpression(node);
    const value = known.get(text) ?? constantNode(node, typeName, context);
    known.set(text, value);
    return value;
  };
  return replaceNodes(select, replace);
}

/** An expression of no table as a parameter: a server computes it before everything else. */
export function constantNode(node: Node, typeName: string, context: PlanContext): Node {
  return context.emit.own.add({ kind: 'constant', index: addConstant(node, context) }, typeName);
}

/** Has a server compute an expression first. Returns its index among the constants. */
export function addConstant(node: Node, context: PlanContext): number {
  const select: SelectStmt = {
    targetList: [{ ResTarget: { val: castNode(node, 'text') } }],
    limitOption: 'LIMIT_OPTION_DEFAULT',
    op: 'SETOP_NONE',
  };
  return context.constants.push(emit(select, context.emit)) - 1;
}

function onceType(kind: string, body: Record<string, unknown>): string | undefined {
  if (kind === 'SQLValueFunction') return WORD_TYPES[body.op as string];
  if (kind !== 'FuncCall' || body.args !== undefined) return undefined;
  const names = namesOf(body.funcname as Node[]);
  if (names.length > 1 && names[0] !== 'pg_catalog') return undefined;
  return FUNCTION_TYPES[names.at(-1) ?? ''];
}

/** Whether a node is a constant: nothing in it depends on a row. */
export function isNumber(node: Node | undefined): number | undefined {
  const constant = bodyOf(node, 'A_Const');
  if (constant?.ival === undefined) return undefined;
  return constant.ival.ival ?? 0;
}
