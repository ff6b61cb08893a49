import type { FieldDescription } from '@millrace/engine';
import { describe, expect, test } from 'vitest';
import { tableFoot, tables } from './table.js';

const field = (name: string, dataTypeID: number): FieldDescription =>
  ({ name, dataTypeID }) as FieldDescription;

const plain = (fields: FieldDescription[], rows: unknown[][]): string[] => [
  ...tables(fields, rows, { fancy: false }),
];

describe('tables', () => {
  test('numbers flush right, NULL and lines shown, nothing that steers a terminal', () => {
    const rows = [
      [1, 'one'],
      [1000, null],
      [null, 'two\nlines'],
      [3, '\u001b[2Jcleared'],
    ];
    const [table] = plain([field('n', 23), field('te\u0007xt', 25)], rows);
    expect(table).toBe(
      [
        '    n   te\\x07xt',
        '-----------------------',
        '    1   one',
        ' 1000   NULL',
        ' NULL   two',
        '        lines',
        '    3   \\x1b[2Jcleared',
        '',
      ].join('\n'),
    );
  });

  test('of no rows: the head alone', () => {
    expect(plain([field('a', 23)], [])).toEqual([' a\n']);
  });

  test('of many rows: several, each with its head, and every row once', () => {
    const rows = Array.from({ length: 2_500 }, (_, i) => [i]);
    const all = plain([field('a', 23)], rows);
    expect(all).toHaveLength(3);
    const numbers = all.flatMap((table) => table.split('\n').slice(2).filter(Boolean).map(Number));
    expect(numbers).toEqual(rows.flat());
  });

  test('timestamps by their type, not by their look', () => {
    const text = '2001-01-31T10:30:00.000000';
    const [table] = plain([field('a', 1114), field('b', 25)], [[text, text]]);
    expect(table).toContain(' 2001-01-31 10:30:00   2001-01-31T10:30:00.000000\n');
  });

  test('boxes on a terminal', () => {
    const [table = ''] = tables([field('a', 25)], [['x']], { fancy: true });
    expect(table).toMatch(/│ x/);
  });

  test('feet', () => {
    const result = { fields: [1], rows: [1], command: 'SELECT', rowCount: 1 };
    expect(tableFoot(result)).toBe('(1 row)\n');
    expect(tableFoot({ ...result, rows: [] })).toBe('(0 rows)\n');
    expect(tableFoot({ fields: [], rows: [], command: 'UPDATE', rowCount: 3 })).toBe('UPDATE 3\n');
    expect(tableFoot({ fields: [], rows: [], command: 'CREATE', rowCount: null })).toBe('CREATE\n');
  });
});
