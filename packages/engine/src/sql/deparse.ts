/**
 * Parse tree to SQL text, with a guard: `pgsql-deparser` loses parentheses in some expressions and drops a few clauses. So the
 * text is parsed again, and sent only if it means the same tree.
 */
import { parseSync } from 'libpg-query';
import { Deparser } from 'pgsql-deparser';
import type { Node, SelectStmt } from './tree.js';
import { mapSelects, treeText } from './walk.js';

/** A tree whose text did not survive the guard. Such a statement is answered by a plan that sends the user's own text. */
export class DeparseError extends Error {
  constructor(reason: string, options?: { cause?: unknown }) {
    super(`The statement cannot be written as SQL again: ${reason}`, options);
    this.name = 'DeparseError';
  }
}

/**
 * The SQL text of a statement.
 *
 * @throws DeparseError
 */
export function deparse(statement: Node): string {
  let text: string;
  try {
    const deparser = new Deparser(markTies(statement), { pretty: false });
    text = writeTies(deparser.deparseQuery());
  } catch (cause) {
    throw new DeparseError('it cannot be deparsed', { cause });
  }
  if (!survives(statement, text)) throw new DeparseError(`its text means something else: ${text}`);
  return text;
}

function survives(statement: Node, text: string): boolean {
  try {
    const { stmts = [] } = parseSync(text) as { stmts?: { stmt: Node }[] };
    return stmts.length === 1 && treeText(stmts[0]?.stmt) === treeText(statement);
  } catch {
    return false;
  }
}

/** Stands for WITH TIES, which the deparser drops: a call around the count. */
const TIES = 'millrace_with_ties';

function markTies(statement: Node): Node {
  return mapSelects(statement, (select): SelectStmt => {
    if (select.limitOption !== 'LIMIT_OPTION_WITH_TIES') return select;
    const args = select.limitCount === undefined ? [] : [select.limitCount];
    const limitCount: Node = { FuncCall: { funcname: [{ String: { sval: TIES } }], args } };
    return { ...select, limitCount, limitOption: 'LIMIT_OPTION_COUNT' };
  });
}

/** The marks as SQL. */
function writeTies(text: string): string {
  const mark = `LIMIT ${TIES}(`;
  let written = text;
  for (let at = written.indexOf(mark); at >= 0; at = written.indexOf(mark)) {
    const first = at + mark.length;
    const end = closing(written, first);
    const count = written.slice(first, end);
    written = `${written.slice(0, at)}FETCH FIRST (${count}) ROWS WITH TIES${written.slice(end + 1)}`;
  }
  return written;
}

/** Where the parenthesis that is open at `from` closes. */
function closing(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === "'" || character === '"') at = text.indexOf(character, at + 1);
    else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return at;
    if (at < 0) break;
  }
  return text.length;
}
