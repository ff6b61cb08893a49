/** SQL text to parse tree, by PostgreSQL's own grammar. */
import { hasSqlDetails, loadModule, parseSync } from 'libpg-query';
import { SqlError, UnsupportedError } from '../errors.js';
import type { Node } from './tree.js';

/** SQLSTATE of a syntax error. */
const SYNTAX_ERROR = '42601';

/** Nothing but blanks, comments and semicolons. */
const EMPTY = /^(?:\s|;|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)*$/;

let loading: Promise<void> | undefined;

/** Loads the grammar (WebAssembly, about 10 ms); once for the process. `parse` needs it. */
export function loadGrammar(): Promise<void> {
  loading ??= loadModule();
  return loading;
}

/**
 * The one statement of a text.
 *
 * @throws SqlError for what is no SQL, as the server words it, with the position; for none, or several statements
 * @throws UnsupportedError for expressions nested deeper than can be followed
 */
export function parseStatement(sql: string): Node | undefined {
  if (EMPTY.test(sql)) return undefined;
  const statements = parse(sql);
  if (statements.length > 1) {
    throw new SqlError({
      message: 'cannot insert multiple commands into a prepared statement',
      code: SYNTAX_ERROR,
      severity: 'ERROR',
    });
  }
  return statements[0];
}

function parse(sql: string): Node[] {
  try {
    const { stmts = [] } = parseSync(sql) as { stmts?: { stmt: Node }[] };
    return stmts.map(({ stmt }) => stmt);
  } catch (error) {
    if (hasSqlDetails(error) && error.sqlDetails) throw syntaxError(error.sqlDetails);
    throw new UnsupportedError('The statement is nested too deeply to be planned', {
      clause: 'statement',
      hint: "write long chains of AND, OR or IN without nesting, or pass { mode: 'union' }",
      cause: error,
    });
  }
}

interface ParserWords {
  readonly message: string;
  /** 0-based, in characters. */
  readonly cursorPosition: number;
}

function syntaxError({ message, cursorPosition }: ParserWords): Error {
  if (/memory exhausted/.test(message)) {
    return new UnsupportedError('The statement is nested too deeply to be planned', {
      clause: 'statement',
      hint: 'leave out parentheses that are not needed',
      position: cursorPosition + 1,
    });
  }
  const position = cursorPosition < 0 ? undefined : String(cursorPosition + 1);
  return new SqlError({
    message,
    code: SYNTAX_ERROR,
    severity: 'ERROR',
    ...(position !== undefined && { position }),
  });
}

/** The 1-based position in characters, as servers tell it, of a 0-based one in bytes. */
export function positionOf(sql: string, byteOffset: number): number {
  const before = Buffer.from(sql).subarray(0, byteOffset).toString();
  return Array.from(before).length + 1;
}
