import { describe, expect, it } from 'vitest';
import { seedOf, testSeed } from '../../../support/seed.js';
import { position, tokenize, unquote } from './tokens.js';

const solid = (sql: string): readonly string[] =>
  tokenize(sql)
    .filter(({ kind }) => kind !== 'space')
    .map(({ kind, text }) => `${kind}:${text}`);

describe('tokenize', () => {
  it('tells words, names, strings, numbers, parameters and symbols', () => {
    expect(
      solid(`SELECT "a ""b""", 'it''s', 1.5e3, ?, x$y FROM t -- '\n/* " */ WHERE a<>.5`),
    ).toEqual([
      'word:SELECT',
      'quoted:"a ""b"""',
      'symbol:,',
      "string:'it''s'",
      'symbol:,',
      'number:1.5e3',
      'symbol:,',
      'parameter:?',
      'symbol:,',
      'word:x$y',
      'word:FROM',
      'word:t',
      'word:WHERE',
      'word:a',
      'symbol:<>',
      'number:.5',
    ]);
  });

  it('tells the range of columns from numbers with a point', () => {
    expect(solid('1..3 1.5')).toEqual(['number:1', 'symbol:..', 'number:3', 'number:1.5']);
  });

  it.each(["SELECT 'a", 'SELECT "a', "'''"])('refuses what does not end: %s', (sql) => {
    expect(() => tokenize(sql)).toThrow(/unterminated literal \[line 1/);
  });

  const seed = testSeed();
  it(`loses no character, seed ${seed.seed}`, () => {
    const { below } = seedOf(seed.seed);
    const pieces = [
      'a',
      ' ',
      '\n',
      '--x\n',
      '/*y*/',
      "'q'",
      '"n"',
      '1',
      '.',
      '..',
      '||',
      '(',
      'ü',
      '?',
      '<',
      '=',
    ];
    for (let i = 0; i < 500; i++) {
      const sql = Array.from({ length: below(20) }, () => pieces[below(pieces.length)]).join('');
      const tokens = tokenize(sql);
      expect(tokens.map(({ text }) => text).join('')).toBe(sql);
      expect(tokens.every(({ text, at }) => sql.startsWith(text, at))).toBe(true);
    }
  });
});

it('positions count lines and columns from 1', () => {
  expect(position('a\nbc d', 0)).toBe('[line 1, column 1]');
  expect(position('a\nbc d', 5)).toBe('[line 2, column 4]');
});

it('unquote takes the quotes off, and halves those inside', () => {
  expect([unquote("'it''s'"), unquote('"a""b"'), unquote("''")]).toEqual(["it's", 'a"b', '']);
});
