/** Where a statement's text is code, where it is quoted and where it is a comment. (PostgreSQL: "Lexical Structure".) */
export interface SqlSegment {
  /** `quoted`: a literal, dollar-quoted too, or an identifier in double quotes. */
  readonly kind: 'code' | 'quoted' | 'comment';
  readonly text: string;
  /** Where it begins in the statement. */
  readonly at: number;
}

/** What begins something that is not code. A dollar within an identifier begins nothing. */
const OPENING =
  /'|"|--|\/\*|(?<![\w$\u0080-\uffff])\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/g;
const LINE_END = /[\r\n]|$/g;
const BLOCK_EDGE = /\/\*|\*\//g;
const PLAIN_END = /''|'/g;
const ESCAPING_END = /\\[\s\S]|''|'/g;
const IDENTIFIER_END = /""|"/g;

/** Cuts a statement into segments; what is not closed reaches to the end. Put together they are the text again. */
export function sqlSegments(sql: string): SqlSegment[] {
  const segments: SqlSegment[] = [];
  const add = (kind: SqlSegment['kind'], from: number, to: number): void => {
    if (to > from) segments.push({ kind, text: sql.slice(from, to), at: from });
  };
  let at = 0;
  for (;;) {
    const opening = matchFrom(OPENING, sql, at);
    add('code', at, opening?.index ?? sql.length);
    if (opening === undefined) return segments;
    at = endOf(sql, opening);
    add(opening[0] === '--' || opening[0] === '/*' ? 'comment' : 'quoted', opening.index, at);
  }
}

function endOf(sql: string, { 0: opening, index }: RegExpExecArray): number {
  const from = index + opening.length;
  switch (opening) {
    case '--':
      return matchFrom(LINE_END, sql, from)?.index ?? sql.length;
    case '/*':
      return blockEnd(sql, from);
    case '"':
      return quotedEnd(sql, from, IDENTIFIER_END);
    case "'":
      return quotedEnd(sql, from, isEscaping(sql, index) ? ESCAPING_END : PLAIN_END);
    default: {
      const end = sql.indexOf(opening, from);
      return end < 0 ? sql.length : end + opening.length;
    }
  }
}

/** Whether a literal is one of E'…', where backslashes escape. */
function isEscaping(sql: string, quote: number): boolean {
  return /(?<![\w$\u0080-\uffff])e$/i.test(sql.slice(Math.max(0, quote - 2), quote));
}

/** Two quotes within quotes are one of their characters, and so is what is escaped. */
function quotedEnd(sql: string, from: number, pattern: RegExp): number {
  let end = matchFrom(pattern, sql, from);
  while (end !== undefined && end[0].length > 1) end = matchFrom(pattern, sql, end.index + 2);
  return end === undefined ? sql.length : end.index + 1;
}

/** Block comments may lie within one another. */
function blockEnd(sql: string, from: number): number {
  let depth = 1;
  let at = from;
  while (depth > 0) {
    const edge = matchFrom(BLOCK_EDGE, sql, at);
    if (edge === undefined) return sql.length;
    depth += edge[0] === '/*' ? 1 : -1;
    at = edge.index + edge[0].length;
  }
  return at;
}

function matchFrom(pattern: RegExp, text: string, from: number): RegExpExecArray | undefined {
  pattern.lastIndex = from;
  return pattern.exec(text) ?? undefined;
}
