import { describe, expect, test } from 'vitest';
import { sqlExcerpt } from './sql-excerpt.js';

/** The character above the caret. */
function marked(excerpt: string | undefined): string | undefined {
  const [line = '', caret = ''] = excerpt?.split('\n') ?? [];
  return [...line][caret.indexOf('^')];
}

describe('the place in a statement', () => {
  test('a line with its number, and a caret below', () => {
    expect(sqlExcerpt('select a\nfrom t wher x', 17)).toBe(
      'LINE 2: from t wher x\n               ^',
    );
  });

  test('first and last characters, and the end', () => {
    expect(marked(sqlExcerpt('abc', 1))).toBe('a');
    expect(marked(sqlExcerpt('abc', 3))).toBe('c');
    expect(sqlExcerpt('abc', 4)).toBe('LINE 1: abc\n           ^');
    expect(marked(sqlExcerpt('a\nb\nc', 5))).toBe('c');
  });

  test('every position of a text of several lines', () => {
    const sql = 'select 1,\n  two\n\nfrom "ü𝒳"';
    const characters = [...sql];
    for (const [index, character] of characters.entries()) {
      if (character === '\n') continue;
      expect(marked(sqlExcerpt(sql, index + 1)), `position ${index + 1}`).toBe(character);
    }
  });

  test('positions count characters, not UTF-16 units', () => {
    expect(marked(sqlExcerpt("select '𝒳𝒳', wrong", 14))).toBe('w');
  });

  test('wide characters take two columns, tabs one', () => {
    expect(sqlExcerpt("\t'漢字' x", 7)).toBe("LINE 1:  '漢字' x\n                ^");
  });

  test('long lines are shown around the place', () => {
    const sql = `select ${'a, '.repeat(100)}WRONG${', b'.repeat(100)}`;
    const excerpt = sqlExcerpt(sql, sql.indexOf('WRONG') + 1);
    expect(marked(excerpt)).toBe('W');
    expect(excerpt).toMatch(/^LINE 1: ….*WRONG.*…\n/);
    expect((excerpt ?? '').split('\n')[0]?.length).toBeLessThan(100);
  });

  test('controls do not reach the terminal', () => {
    expect(sqlExcerpt('a\u001b[31m x', 8)).toBe('LINE 1: a\\x1b[31m x\n                  ^');
  });

  test.each([0, -1, 5, 1.5, Number.NaN])('no place: %s', (position) => {
    expect(sqlExcerpt('abc', position)).toBeUndefined();
  });
});
