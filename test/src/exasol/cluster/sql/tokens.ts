/** SQL in Exasol's dialect, cut into tokens that together are the text again. */
import { syntaxError } from '../exasol-error.js';

export type TokenKind = 'space' | 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'symbol';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Offset in the statement. */
  readonly at: number;
}

/** Comments are space. */
const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['space', /(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)+/y],
  ['string', /'(?:[^']|'')*'/y],
  ['quoted', /"(?:[^"]|"")*"/y],
  ['word', /[\p{L}_][\p{L}\p{N}_$#]*/uy],
  ['number', /\d+(?:\.(?!\.)\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?/y],
  ['parameter', /\?/y],
  ['symbol', /\|\||\.\.|<=|>=|<>|!=|:=|[^\s]/y],
];

/** @throws ExasolError 42000 when a string or a quoted name does not end */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const token = tokenAt(sql, at);
    if (token.kind === 'symbol' && (token.text === "'" || token.text === '"'))
      throw syntaxError(`syntax error, unterminated literal ${position(sql, at)}`);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(sql: string, at: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(sql);
    if (found !== null) return { kind, text: found[0], at };
  }
  throw new Error(`no token at ${at}`);
}

/** `[line 1, column 8]`, as the database writes it: both from 1. */
export function position(sql: string, at: number): string {
  const before = sql.slice(0, at).split('\n');
  return `[line ${before.length}, column ${(before.at(-1) ?? '').length + 1}]`;
}

/** The text between the quotes of a string or a quoted name. */
export function unquote(text: string): string {
  const quote = text[0] ?? '';
  return text.slice(1, -1).replaceAll(quote + quote, quote);
}
