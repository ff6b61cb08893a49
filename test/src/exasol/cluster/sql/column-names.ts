/** Exasol names a column without an alias by its expression, `COUNT(*)`; PostgreSQL by rules of its own. */
import { type Token, tokenize } from './tokens.js';

/** For each column of a SELECT the name that its expression gives it, or undefined where PostgreSQL's is the same. */
export function expressionNames(sql: string, columns: number): readonly (string | undefined)[] {
  const items = selectItems(tokenize(sql).filter(({ kind }) => kind !== 'space'));
  if (items.length !== columns) return [];
  return items.map((item) => (isNamed(item) ? undefined : nameOf(item)));
}

/** The select list of the first SELECT, cut at its commas; empty when it has a `*` of its own. */
function selectItems(tokens: readonly Token[]): Token[][] {
  const items: Token[][] = [[]];
  let depth = 0;
  const [start, ...rest] = tokens;
  if (start?.text.toUpperCase() !== 'SELECT') return [];
  for (const token of rest) {
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    if (
      depth === 0 &&
      /^(from|union|minus|except|intersect|order|limit|where|;)$/i.test(token.text)
    )
      break;
    if (depth === 0 && token.text === ',') items.push([]);
    else if (!/^(distinct|all)$/i.test(token.text) || (items.at(-1)?.length ?? 0) > 0)
      items.at(-1)?.push(token);
  }
  return items.some((item) => item.at(-1)?.text === '*') ? [] : items;
}

const ENDS: ReadonlySet<string> = new Set(['END', 'NULL', 'TRUE', 'FALSE']);

/** A plain column, or an expression with an alias. */
function isNamed(item: readonly Token[]): boolean {
  const last = item.at(-1);
  const before = item.at(-2);
  if (last === undefined || (last.kind !== 'word' && last.kind !== 'quoted')) return false;
  if (before === undefined || before.text === '.') return !ENDS.has(last.text.toUpperCase());
  if (before.text.toUpperCase() === 'AS') return true;
  return !ENDS.has(last.text.toUpperCase()) && (before.kind !== 'symbol' || before.text === ')');
}

const nameOf = (item: readonly Token[]): string =>
  item
    .map(({ kind, text }, index) => {
      const shown = kind === 'word' ? text.toUpperCase() : text;
      return kind !== 'symbol' && index > 0 && item[index - 1]?.kind !== 'symbol'
        ? ` ${shown}`
        : shown;
    })
    .join('');
