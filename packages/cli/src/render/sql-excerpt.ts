/** The place in a statement that an error speaks of, in the manner of psql. */
import { printable } from './printable.js';

/** Characters of a line that are shown: before the place, and after it. */
const SHOWN_BEFORE = 50;
const SHOWN_AFTER = 30;

/** Characters that take two columns of a terminal. */
const WIDE =
  /\p{Ideographic}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}/u;

/**
 * The line of the statement and a caret under the place; undefined where there is no such place.
 *
 * @param position 1-based, in characters (not UTF-16 units), as PostgreSQL counts
 */
export function sqlExcerpt(sql: string, position: number): string | undefined {
  const characters = [...sql];
  if (!Number.isInteger(position) || position < 1 || position > characters.length + 1)
    return undefined;
  const at = position - 1;
  const lineNumber = characters.slice(0, at).filter((character) => character === '\n').length + 1;
  const start = characters.lastIndexOf('\n', at - 1) + 1;
  const lineStart = at === 0 ? 0 : start;
  const next = characters.indexOf('\n', at);
  const lineEnd = next === -1 ? characters.length : next;
  const from = at - lineStart > SHOWN_BEFORE ? at - SHOWN_BEFORE : lineStart;
  const to = lineEnd - at > SHOWN_AFTER ? at + SHOWN_AFTER : lineEnd;
  const before = `LINE ${lineNumber}: ${from > lineStart ? '…' : ''}`;
  const shown = characters.slice(from, to).map(oneColumn);
  const line = `${before}${shown.join('')}${to < lineEnd ? '…' : ''}`;
  const blanks = shown.slice(0, at - from).map((character) => ' '.repeat(columnsOf(character)));
  return `${line}\n${' '.repeat(before.length)}${blanks.join('')}^`;
}

function oneColumn(character: string): string {
  return character === '\t' || character === '\r' ? ' ' : printable(character);
}

function columnsOf(shown: string): number {
  return WIDE.test(shown) ? 2 : [...shown].length;
}
