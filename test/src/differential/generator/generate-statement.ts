/** One random statement over a random schema. */
import type { Freedom, Statement } from '../statement.js';
import type { Chooser } from './chooser.js';
import { plainText, recursive, withCte } from './cte-statements.js';
import type { Feature } from './features.js';
import { nested, overAllRows, overGroups } from './group-statements.js';
import { type Query, renderQuery } from './query.js';
import { distinctOn, plainRows, setOperation, windowed } from './row-statements.js';
import type { GeneratedSchema } from './schema.js';
import type { Writer } from './scope.js';

export interface GeneratedStatement {
  readonly query: Query | string;
  readonly params: readonly unknown[];
  readonly features: readonly Feature[];
}

/** Kinds of statements, each as often as it is listed. */
const KINDS: readonly ((writer: Writer) => Query | string)[] = [
  plainRows,
  plainRows,
  overAllRows,
  overAllRows,
  overAllRows,
  overGroups,
  overGroups,
  overGroups,
  overGroups,
  distinctOn,
  windowed,
  setOperation,
  nested,
  withCte,
];
const RARE_KINDS: readonly ((writer: Writer) => Query | string)[] = [recursive, plainText];

export function generateStatement(choose: Chooser, schema: GeneratedSchema): GeneratedStatement {
  const params: unknown[] = [];
  let names = 0;
  const name = (prefix: string): string => {
    names++;
    return `${prefix}${names}`;
  };
  choose.takeNoted();
  const query = choose.pick(choose.chance(0.06) ? RARE_KINDS : KINDS)({
    choose,
    schema,
    params,
    name,
    depth: 0,
  });
  return { query, params, features: choose.takeNoted() };
}

/** Which of several equal values is shown is free wherever rows are put together, and an aggregate's order may be. */
const FREE: readonly Freedom[] = ['scale'];

export function statementOf(
  { query, params }: Pick<GeneratedStatement, 'query' | 'params'>,
  name: string,
): Statement {
  const text = typeof query === 'string' ? query : renderQuery(query);
  const isOrderFree = /array_agg\((?!distinct)[^()]*(\([^()]*\)[^()]*)*\)/.test(text);
  const free: readonly Freedom[] = isOrderFree ? [...FREE, 'arrays'] : FREE;
  return { name, free, ...withUsedParameters(text, params) };
}

/** The server wants every parameter that it is given to be in the statement: others are left out. */
function withUsedParameters(
  text: string,
  params: readonly unknown[],
): Pick<Statement, 'sql' | 'params'> {
  const used = params.flatMap((_, i) => (new RegExp(`\\$${i + 1}(?!\\d)`).test(text) ? [i] : []));
  const sql = text.replaceAll(/\$(\d+)/g, (_, n: string) => `$${used.indexOf(Number(n) - 1) + 1}`);
  return { sql, params: used.map((i) => params[i]) };
}
