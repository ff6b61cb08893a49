import { describe, expect, test } from 'vitest';
import { SqlError } from '../errors.js';
import { bindPlaceholders, type StatementArguments, writeValues } from './placeholders.js';

describe('placeholders become numbered parameters', () => {
  test.each<[string, StatementArguments | null | undefined, string, unknown[]]>([
    // Without arguments a percent sign is a percent sign.
    ["like 'a%' and 5 %% 2 = %s", undefined, "like 'a%' and 5 %% 2 = %s", []],
    ['7 % 4', null, '7 % 4', []],
    ['%s, %s', [1, 'x'], '$1, $2', [1, 'x']],
    ["%% 'a%%' %s -- %%", [1], "% 'a%' $1 -- %", [1]],
    ["'a%%'", [], "'a%'", []],
    ['%(a)s, %(b)s, %(a)s', { a: 1, b: null, c: 3 }, '$1, $2, $1', [1, null]],
    ['%(odd name)s', { 'odd name': 1 }, '$1', [1]],
    ['%%s, %%%s', [1], '%s, %$1', [1]],
    // A comment's placeholder takes its value, which is not sent.
    ['%s -- %s\n, %s', [1, 2, 3], '$1 -- %s\n, $2', [1, 3]],
    ['/* %(b)s */ %(a)s', { a: 1, b: 2 }, '/* %(b)s */ $1', [1]],
    // Tuples for IN, arrays elsewhere.
    ['a in %s or b = any(%s)', [[1, 2], [3]], 'a in ($1, $2) or b = any($3)', [1, 2, [3]]],
    ['a not IN\n%(x)s, %(x)s', { x: [1, 2] }, 'a not IN\n($1, $2), $3', [1, 2, [1, 2]]],
    ['min %s', [[1]], 'min $1', [[1]]],
    ['a in %s', [5], 'a in $1', [5]],
    // PostgreSQL's own.
    ['$1 % $2', [1, 2], '$1 % $2', [1, 2]],
    ["$1 = '%s'", [1], "$1 = '%s'", [1]],
    ["'$1', a$1, %s", [1], "'$1', a$1, $1", [1]],
  ])('%s with %j', (sql, args, text, values) => {
    expect(bindPlaceholders(sql, args)).toEqual({ sql: text, values });
  });
});

describe('what is wrong is said', () => {
  test.each<[string, unknown, RegExp, number?]>([
    ['%s, %s', [1], /2 placeholders \(%s\), 1 value given/],
    ['%s', [1, 2], /1 placeholder \(%s\), 2 values given/],
    ['select 1', [1], /0 placeholders/],
    ['%(a)s %(b)s', { a: 1, x: 2 }, /%\(b\)s has no value: the arguments have a, x/, 7],
    ['%(toString)s', {}, /arguments have none/, 1],
    ['%(a)s', [1], /from an object, and a list was given/, 1],
    ['%s', { a: 1 }, /from a list, and an object was given: use %\(name\)s/, 1],
    ['a %d', [1], /"%d" is no placeholder: there are %s and %\(name\)s, and %% for/, 3],
    ["like 'a%'", [], /"%'" is no placeholder/, 8],
    ['%', [], /"%" is no placeholder/, 1],
    ["a = '%s'", [1], /%s is inside quotes: leave the quotes out/, 6],
    ['"%(a)s"', { a: 1 }, /inside quotes/, 2],
    ['a in %s', [[]], /empty list/, 6],
    ['$1, %s', [1, 2], /mixes \$1 and %s/, 5],
    ['$1', { a: 1 }, /\$1 takes its value from a list/],
    ['select %s', 42, /list or an object of names: \[42\]/],
  ])('%s with %j', (sql, args, message, position) => {
    const bind = (): unknown => bindPlaceholders(sql, args as StatementArguments);
    expect(bind).toThrow(SqlError);
    expect(bind).toThrow(message);
    expect(bind).toThrow(
      expect.objectContaining({
        code: 'MILLRACE_PARAMETER',
        position: position === undefined ? undefined : String(position),
      }),
    );
  });
});

describe('values are written into the text', () => {
  const write = (sql: string, args?: StatementArguments): string =>
    writeValues(sql, args, (value) => `<${JSON.stringify(value)}>`);

  test.each<[string, StatementArguments | undefined, string]>([
    ['%s %% %s', [1, 'x'], '<1> % <"x">'],
    ['%(a)s %(a)s', { a: 1 }, '<1> <1>'],
    ['a in %s', [[1, 2]], 'a in (<1>, <2>)'],
    ["$2 $1 '$1' %", [1, 'x'], '<"x"> <1> \'$1\' %'],
    ['50%', undefined, '50%'],
    ['$1', undefined, '$1'],
  ])('%s with %j', (sql, args, text) => {
    expect(write(sql, args)).toBe(text);
  });

  test('each number has one', () => {
    expect(() => write('$1 $3', [1, 2])).toThrow(
      /\$3 has no value: 2 values given \(at character 4\)/,
    );
    expect(() => write('$0', [1])).toThrow(/\$0 has no value/);
  });
});
