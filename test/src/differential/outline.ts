/**
 * Where the clauses of a statement's outermost query begin. It knows quotes, comments and parentheses, and no more of
 * SQL than the suites need: the oracle is asked for more than the statement shows (sort keys, rows beyond the limit).
 */
export interface Outline {
  /** Where a further output column can be put; undefined where the outermost query is no plain `select … from`. */
  readonly listEnd: number | undefined;
  /** Sort keys as they are written; empty without an ORDER BY. */
  readonly sortKeys: readonly SortKey[];
  /** Where LIMIT, OFFSET or FETCH begin: the text's length when there is none. */
  readonly tailStart: number;
  /** The expression of OFFSET. */
  readonly offset: string | undefined;
}

export interface SortKey {
  readonly expression: string;
  /** `desc nulls last` and so on. */
  readonly direction: string;
}

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const LIST_ENDERS = new Set(['from', 'where', 'group', 'having', 'window', 'order']);
const SET_OPERATIONS = new Set(['union', 'intersect', 'except']);
const TAIL = new Set(['limit', 'offset', 'fetch']);
/** A quoted text or name, a comment, a bracket, a word, or any other single character. */
const TOKEN =
  /[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_][\w$]*|[\s\S]/g;

export function outlineOf(sql: string): Outline {
  const words = outermostWords(sql);
  const tail = words.filter(({ text }) => TAIL.has(text));
  const tailStart = tail[0]?.start ?? sql.trimEnd().replace(/;$/, '').length;
  const orderAt = words.findLastIndex(
    ({ text }, i) => text === 'order' && words[i + 1]?.text === 'by',
  );
  const order = words[orderAt + 1];
  return {
    listEnd: listEndOf(words, tailStart),
    sortKeys: orderAt < 0 || order === undefined ? [] : sortKeysOf(sql.slice(order.end, tailStart)),
    tailStart,
    offset: offsetOf(sql, tail),
  };
}

function outermostWords(sql: string): Word[] {
  const words: Word[] = [];
  let depth = 0;
  for (const match of sql.matchAll(TOKEN)) {
    const [text] = match;
    if (text === '(' || text === '[') depth++;
    else if (text === ')' || text === ']') depth--;
    else if (depth === 0 && /^[A-Za-z_][\w$]*$/.test(text)) {
      words.push({ text: text.toLowerCase(), start: match.index, end: match.index + text.length });
    }
  }
  return words;
}

/** `is distinct from`, `within group`: no clause begins there. */
const isWithin = (word: string, before: string | undefined): boolean =>
  (word === 'from' && before === 'distinct') || (word === 'group' && before === 'within');

function listEndOf(words: readonly Word[], tailStart: number): number | undefined {
  const select = words.findIndex(({ text }) => text === 'select');
  if (select < 0 || words.some(({ text }) => SET_OPERATIONS.has(text))) return undefined;
  const ender = words.find(
    ({ text }, i) => i > select && LIST_ENDERS.has(text) && !isWithin(text, words[i - 1]?.text),
  );
  return Math.min(ender?.start ?? tailStart, tailStart);
}

function sortKeysOf(text: string): SortKey[] {
  return splitAtCommas(text).map((key) => {
    const [, expression = key, direction = ''] =
      /^(.*?)((?:\s+(?:asc|desc|using\s+[<>=~]+))?(?:\s+nulls\s+(?:first|last))?)\s*$/is.exec(
        key,
      ) ?? [];
    return { expression: expression.trim(), direction: direction.trim() };
  });
}

/** Parts of a list, at its outermost commas. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '(' || token === '[') depth++;
    else if (token === ')' || token === ']') depth--;
    else if (token === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}

function offsetOf(sql: string, tail: readonly Word[]): string | undefined {
  const at = tail.findIndex(({ text }) => text === 'offset');
  const word = tail[at];
  if (word === undefined) return undefined;
  const text = sql.slice(word.end, tail[at + 1]?.start ?? sql.length);
  return text.replace(/\brows?\s*$/i, '').trim();
}
