/** The simulated cluster's reader and writer of CSV, by themselves and against each other. */
import { describe, expect, it } from 'vitest';
import { seedOf, testSeed } from '../../../support/seed.js';
import { CSV_DEFAULTS, type CsvOptions } from './csv-options.js';
import { CsvReader } from './csv-reader.js';
import { csvWriter } from './csv-writer.js';

function read(text: string, options: Partial<CsvOptions> = {}, cut = text.length): string[][] {
  const reader = new CsvReader({ ...CSV_DEFAULTS, ...options });
  const rows = [];
  for (let at = 0; at < text.length; at += cut) rows.push(...reader.push(text.slice(at, at + cut)));
  rows.push(...reader.end());
  return rows.map((row) =>
    row.map(({ text: value, delimited }) => (delimited ? `[${value}]` : value)),
  );
}

describe('the reader', () => {
  it.each([
    [
      'fields, quotes, doubled quotes, line ends in quotes',
      'a,"b ""c""\n",\n,"",d',
      {},
      [
        ['a', '[b "c"\n]', ''],
        ['', '[]', 'd'],
      ],
    ],
    ['comments, which are no rows', '#x\n1\n#y', {}, [['1']]],
    ['rows to skip, though they be in quotes', '"a\nb",1\n2', { skip: 1 }, [['b"', '1'], ['2']]],
    [
      'other separators',
      '1;;2|3;;4',
      { columnSeparator: ';;', rowSeparator: '|' },
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    ['blanks to trim', ' a , "b",c \n', { trim: 'TRIM' }, [['a', '[b]', 'c']]],
    ['blanks on the left', ' a ,b', { trim: 'LTRIM' }, [['a ', 'b']]],
    ['no quotes at all', '"a",b', { columnDelimiter: '' }, [['"a"', 'b']]],
    ['nothing', '', {}, []],
  ] as const)('takes %s, cut anywhere', (_, text, options, rows) => {
    for (let cut = 1; cut <= text.length + 1; cut++) expect(read(text, options, cut)).toEqual(rows);
  });
});

describe('the writer', () => {
  const write = (row: readonly (string | undefined)[], options: Partial<CsvOptions> = {}): string =>
    csvWriter({ ...CSV_DEFAULTS, ...options })(row).toString('latin1');

  it.each([
    [['a', undefined, ''], {}, 'a,,\n'],
    [['a,b', 'c"d', 'e\nf', '#g', 'h i'], {}, '"a,b","c""d","e\nf","#g","h i"\n'],
    [['a', undefined], { delimit: 'ALWAYS', nullText: 'NULL' }, '"a",NULL\n'],
    [['NULL', undefined], { nullText: 'NULL' }, '"NULL",NULL\n'],
    [['a,b'], { delimit: 'NEVER', rowSeparator: '\r\n' }, 'a,b\r\n'],
    [['ä'], { encoding: 'ISO-8859-1' }, '\u00e4\n'],
  ] as const)('%j with %j', (row, options, expected) => {
    expect(write(row, options)).toBe(expected);
  });

  it('refuses a character that the encoding does not have', () => {
    expect(() => write(['€ 漢'], { encoding: 'ISO-8859-15' })).toThrow(/cannot write/);
    expect(() => write(['x'], { encoding: 'no-such' })).toThrow(/unknown encoding/);
  });
});

const seed = testSeed();
it(`what the writer writes the reader reads, seed ${seed.seed}`, () => {
  const { below } = seedOf(seed.seed);
  const pieces = ['a', '"', ',', '\n', '\r', ' ', '#', ';', 'ü', '\\'];
  for (let i = 0; i < 300; i++) {
    const rows = Array.from({ length: 1 + below(4) }, () =>
      Array.from({ length: 2 }, () =>
        Array.from({ length: below(6) }, () => pieces[below(10)]).join(''),
      ),
    );
    const options = { columnSeparator: [',', ';', '~~'][below(3)] as string };
    const write = csvWriter({ ...CSV_DEFAULTS, ...options });
    const text = rows.map((row) => write(row).toString()).join('');
    const back = read(text, options, 1 + below(5)).map((row) =>
      row.map((value) => value.replace(/^\[([\s\S]*)\]$/, '$1')),
    );
    expect(back).toEqual(rows);
  }
});
