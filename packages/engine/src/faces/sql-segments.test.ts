import { describe, expect, test } from 'vitest';
import { sqlSegments } from './sql-segments.js';

/** Quoted and commented parts of a text; all else is code. */
function notCode(sql: string): string[] {
  const segments = sqlSegments(sql);
  expect(segments.map(({ text }) => text).join('')).toBe(sql);
  for (const { at, text } of segments) expect(sql.startsWith(text, at)).toBe(true);
  return segments.filter(({ kind }) => kind !== 'code').map(({ text }) => text);
}

describe('a statement is cut where quotes and comments begin and end', () => {
  test.each([
    ["select 'a''b', x'00'", ["'a''b'", "'00'"]],
    ["select E'a\\'b''\\\\', 'c\\'", ["'a\\'b''\\\\'", "'c\\'"]],
    ["select e'\\'%s', like'\\'", ["'\\'%s'", "'\\'"]],
    ['select "a""b\'", 1', ['"a""b\'"']],
    ["select $$a'b$$, $tag$ $$ $other$ $tag$", ["$$a'b$$", '$tag$ $$ $other$ $tag$']],
    ['select a$b$c, $1$2, é$x$', []],
    ["select 1 -- it's\n, 2 --", ["-- it's", '--']],
    ["/* a /* b */ ' */ 1 /**/", ["/* a /* b */ ' */", '/**/']],
    ["select 'a\\', 'b'", ["'a\\'", "'b'"]],
    ["select 'open", ["'open"]],
    ['select /* open /* */', ['/* open /* */']],
    ['select $a$ open', ['$a$ open']],
    ['select "open', ['"open']],
    ['', []],
  ])('%s', (sql, parts) => {
    expect(notCode(sql)).toEqual(parts);
  });

  test('and told apart', () => {
    expect(sqlSegments("a 'b' --c").map(({ kind, at }) => [kind, at])).toEqual([
      ['code', 0],
      ['quoted', 2],
      ['code', 5],
      ['comment', 6],
    ]);
  });
});
