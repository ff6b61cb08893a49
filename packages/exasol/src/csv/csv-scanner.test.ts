import { type Batch, typeName, type Value, type Vector, verifyBatch } from '@millrace/batch';
import { describe, expect, it } from 'vitest';
import { plainRecords, plainValue } from '../testing/plain-csv.js';
import { type Below, numbersOf, testSeed } from '../testing/seed.js';
import { type CsvColumn, type CsvColumnType, csvDataType } from './column-type.js';
import type { CsvError } from './csv-error.js';
import { type CsvScannerOptions, createCsvScanner } from './csv-scanner.js';

const decimal = (precision: number, scale = 0): CsvColumnType => ({
  type: 'DECIMAL',
  precision,
  scale,
});

const COLUMNS: readonly CsvColumn[] = [
  { name: 'B', type: { type: 'BOOLEAN' } },
  { name: 'I', type: decimal(9) },
  { name: 'L', type: decimal(18) },
  { name: 'H', type: decimal(36) },
  { name: 'N', type: decimal(12, 2) },
  { name: 'W', type: decimal(36, 30) },
  { name: 'D', type: { type: 'DOUBLE' } },
  { name: 'DAY', type: { type: 'DATE' } },
  { name: 'TS', type: { type: 'TIMESTAMP' } },
  { name: 'T', type: { type: 'VARCHAR' } },
];

type Piece = Uint8Array;

/** Rows of exact values of all batches, each verified. */
function scan(options: CsvScannerOptions, pieces: Iterable<Piece>): Value[][] {
  const scanner = createCsvScanner(options);
  const rows: Value[][] = [];
  const keep = (batch: Batch | undefined): boolean => {
    if (batch === undefined) return false;
    verifyBatch(batch.schema, batch.buffer);
    for (let row = 0; row < batch.rowCount; row++)
      rows.push(batch.vectors.map((vector: Vector) => vector.at(row)));
    return true;
  };
  for (const piece of pieces) {
    const copy = Uint8Array.from(piece);
    scanner.write(copy);
    // The bytes are the caller's again.
    copy.fill(0x22);
    while (scanner.due) keep(scanner.take());
  }
  scanner.end();
  while (keep(scanner.take()));
  expect(scanner.rowCount).toBe(rows.length);
  return rows;
}

function expected(text: string, columns: readonly CsvColumn[], rowEnd = '\n'): Value[][] {
  return plainRecords(text, rowEnd).map((record) =>
    record.map((field, i) => plainValue(field, csvDataType((columns[i] as CsvColumn).type))),
  );
}

function failure(options: CsvScannerOptions, text: string | Uint8Array): CsvError {
  try {
    scan(options, [Buffer.from(text)]);
  } catch (error) {
    return error as CsvError;
  }
  return expect.unreachable('the CSV must be refused');
}

const text = (name = 'T'): CsvColumn => ({ name, type: { type: 'VARCHAR' } });
const one = (type: CsvColumnType): { columns: readonly CsvColumn[] } => ({
  columns: [{ name: 'X', type }],
});

describe('createCsvScanner', () => {
  it('maps the types of Exasol to those of batches', () => {
    const types: readonly CsvColumnType[] = [
      { type: 'BOOLEAN' },
      decimal(9),
      decimal(10),
      decimal(18),
      decimal(19),
      decimal(9, 1),
      { type: 'DOUBLE' },
      { type: 'DATE' },
      { type: 'TIMESTAMP' },
      { type: 'TIMESTAMP WITH LOCAL TIME ZONE', precision: 3 },
      { type: 'TIMESTAMP', precision: 9 },
      { type: 'CHAR' },
      { type: 'HASHTYPE' },
      { type: 'INTERVAL YEAR TO MONTH', precision: 2 },
    ];
    expect(types.map((type) => typeName(csvDataType(type)))).toEqual([
      'bool',
      'int32',
      'int64',
      'int64',
      'decimal(19,0)',
      'decimal(9,1)',
      'float64',
      'date',
      'timestamp',
      'timestamp',
      'utf8',
      'utf8',
      'utf8',
      'utf8',
    ]);
  });

  it.each(['\n', '\r\n'])(
    'reads the same however the bytes are cut, rows ending in %j',
    (rowEnd) => {
      const columns = [text('A'), COLUMNS[2] as CsvColumn, text('C')];
      const csv = `${[
        'a,1,b',
        '"x,""y""\r\nz",-22,""',
        ',,',
        '"",333,""""',
        '"ü\u{1f682}",4,q"q',
        'last,5,"',
      ].join(rowEnd)}"${rowEnd}`;
      const bytes = Buffer.from(csv);
      const rows = expected(csv, columns, rowEnd);
      expect(rows[1]).toEqual(['x,"y"\r\nz', -22n, '']);
      expect(rows[2]).toEqual([null, null, null]);
      const dialect = { rowSeparator: rowEnd === '\n' ? 'LF' : 'CRLF' } as const;
      for (let first = 0; first <= bytes.length; first++) {
        for (const batchRows of [1, 2, 100]) {
          const pieces = [bytes.subarray(0, first), bytes.subarray(first)];
          expect(scan({ columns, dialect, batchRows }, pieces)).toEqual(rows);
        }
        const unended = bytes.subarray(0, bytes.length - rowEnd.length);
        const cut = [unended.subarray(0, first), unended.subarray(first)];
        expect(scan({ columns, dialect, batchBytes: 1 + first }, cut)).toEqual(rows);
      }
      const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
      expect(scan({ columns, dialect, batchBytes: 3 }, single)).toEqual(rows);
    },
  );

  const seed = testSeed();
  it(`reads what a plain reader reads, seed ${seed}`, () => {
    const below = numbersOf(seed);
    for (let round = 0; round < 30; round++) {
      const csv = Array.from({ length: below(200) }, () => `${randomRecord(below)}\n`).join('');
      const bytes = Buffer.from(csv);
      const pieces: Piece[] = [];
      for (let at = 0; at < bytes.length; ) {
        const end = at + 1 + below(below(2) ? 40 : 20_000);
        pieces.push(bytes.subarray(at, end));
        at = end;
      }
      const options = { columns: COLUMNS, batchRows: 1 + below(50), batchBytes: 1 + below(5000) };
      expect(scan(options, pieces), `round ${round}`).toEqual(expected(csv, COLUMNS));
    }
  });

  it('reads a row that is larger than a batch, and gets small again', () => {
    const long = 'x'.repeat(3_000_000);
    const columns = [text(), COLUMNS[1] as CsvColumn];
    const csv = `"${long}",1\ny,2\n${'z,3\n'.repeat(10_000)}"${long}",4\n`;
    const bytes = Buffer.from(csv);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 65_000) }, (_, i) =>
      bytes.subarray(i * 65_000, (i + 1) * 65_000),
    );
    const rows = scan({ columns, batchBytes: 10_000 }, pieces);
    expect(rows.length).toBe(10_003);
    expect(rows[0]).toEqual([long, 1]);
    expect(rows[10_002]).toEqual([long, 4]);
    expect(scan({ columns, batchBytes: 10_000 }, [bytes])).toEqual(rows);
  });

  it('passes over the names of columns, and an empty stream has no rows', () => {
    const columns = [COLUMNS[1] as CsvColumn, text()];
    for (const batchRows of [1, 10])
      expect(
        scan({ columns, withColumnNames: true, batchRows }, [Buffer.from('I,"T"\n1,a\n2,b')]),
      ).toEqual([
        [1, 'a'],
        [2, 'b'],
      ]);
    expect(scan({ columns, withColumnNames: true }, [Buffer.from('I,T\n')])).toEqual([]);
    expect(scan({ columns }, [])).toEqual([]);
    expect(scan({ columns, withColumnNames: true }, [])).toEqual([]);
  });

  it('reads other dialects', () => {
    const columns = [text(), COLUMNS[1] as CsvColumn];
    const read = (dialect: CsvScannerOptions['dialect'], csv: string): Value[][] =>
      scan({ columns, ...(dialect && { dialect }) }, [Buffer.from(csv)]);
    expect(read({ columnSeparator: 'TAB', rowSeparator: 'CR' }, 'a,b\t1\r"\r"\t2\r')).toEqual([
      ['a,b', 1],
      ['\r', 2],
    ]);
    expect(read({ columnSeparator: '0x7c', columnDelimiter: "'" }, "'it''s|'|1\n")).toEqual([
      ["it's|", 1],
    ]);
    expect(read({ columnDelimiter: '' }, '"a,1\n')).toEqual([['"a', 1]]);
    expect(read({ null: '\\N' }, '\\N,\\N\n"\\N",1\n\\Nx,\n,2\n')).toEqual([
      [null, null],
      ['\\N', 1],
      ['\\Nx', null],
      [null, 2],
    ]);
    for (const dialect of [
      { columnSeparator: ';;' },
      { columnSeparator: 'ü' },
      { columnSeparator: '"' },
      { columnDelimiter: 'LF' },
      { encoding: 'ISO-8859-1' },
      { rowSeparator: 'NONE' },
    ])
      expect(() => createCsvScanner({ columns, dialect })).toThrow(RangeError);
  });

  it('reads a column of NULLs by its lines', () => {
    expect(scan({ columns: [text()] }, [Buffer.from('\na\n\n')])).toEqual([[null], ['a'], [null]]);
  });

  it.each([
    [decimal(9), ['2147483648', '1.5', '', 'x', '-', '1e3', '1'.repeat(20)]],
    [decimal(18), ['1234567890123456789', '12345678901234567x', '-', '+1']],
    [decimal(10, 2), ['1.234', '1,5', '.', '-', '1..2', 'NaN', '']],
    [decimal(36, 0), ['1'.repeat(40), '1.5', `${'1'.repeat(20)}x`]],
    [
      { type: 'DOUBLE' },
      ['abc', '1e', 'e5', '.', '-', 'NaN', 'Infinity', '1.2.3', '0x10', '1 ', `${'1'.repeat(25)}x`],
    ],
    [{ type: 'BOOLEAN' }, ['2', 'maybe', 'TRUEE']],
    [
      { type: 'DATE' },
      [
        '2023-02-29',
        '1900-02-29',
        '2023-13-01',
        '2023-00-01',
        '2023-1-1',
        '2023-01-32',
        '0000-01-01',
        '01.02.2023',
        '2023-01-0x',
      ],
    ],
    [
      { type: 'TIMESTAMP' },
      [
        '2023-01-01 24:00:00',
        '2023-01-01 00:60:00',
        '2023-01-01 00:00',
        '2023-01-01 00:00:00.',
        '2023-01-01 00:00:00.0000001',
        '2023-01-01x00:00:00',
        '2023-01-01 00:00:00Z',
      ],
    ],
  ] as const)('refuses wrong values of %j by row, column and value', (type, values) => {
    for (const value of values.filter((each) => each !== '')) {
      const error = failure(one(type), `\n"${value}"\n`);
      expect(error).toMatchObject({ name: 'CsvError', row: 2, column: 'X', value });
      expect(error.message).toMatch(/^CSV, row 2, column 1 \(X [A-Z]+/);
    }
  });

  it('reads decimals of any form', () => {
    const texts = [
      '1234567890.',
      '.5',
      '-.5',
      '0',
      '-0.00',
      '00012.30',
      '123456789012345678.9',
      '5.',
    ];
    const rows = scan(one(decimal(20, 2)), [Buffer.from(texts.join('\n'))]);
    expect(rows.flat()).toEqual([
      '1234567890.00',
      '0.50',
      '-0.50',
      '0.00',
      '0.00',
      '12.30',
      '123456789012345678.90',
      '5.00',
    ]);
  });

  it('refuses records that are none, by their row', () => {
    const columns = [text(), text()];
    expect(failure({ columns }, 'a,b\na\n').message).toBe(
      'CSV, row 2: has 1 fields, where there are 2 columns',
    );
    expect(failure({ columns }, 'a,b\nc,d\na,b,c').row).toBe(3);
    expect(
      failure({ columns, withColumnNames: true, batchRows: 1 }, 'a,b\n1,2\n"a"b,c\n'),
    ).toMatchObject({ row: 3 });
    expect(failure({ columns }, 'a,"b').message).toBe('CSV, row 1: ends within delimiters');
    expect(failure({ columns }, Buffer.of(0x61, 0x2c, 0xff, 0x0a))).toMatchObject({
      row: 1,
      column: 'T',
    });
  });
});

const SPECIAL = [
  '"',
  '""',
  ',',
  '\n',
  '\r\n',
  "'",
  '#',
  '\\',
  'ü',
  '\u{1f682}',
  ' ',
  'abc',
  'x'.repeat(30),
];

function randomRecord(below: Below): string {
  const digits = (most: number): string =>
    String(below(10) === 0 ? 0 : 1 + below(9)) +
    Array.from({ length: below(most) }, () => below(10)).join('');
  const sign = (): string => (below(2) ? '-' : '');
  const two = (from: number, end: number): string =>
    String(from + below(end - from)).padStart(2, '0');
  const day = (): string =>
    `${String(1 + below(9999)).padStart(4, '0')}-${two(1, 13)}-${two(1, 29)}`;
  const fraction = (most: number): string => (below(3) ? `.${digits(most)}` : '');
  const values = [
    () => ['1', '0', 'TRUE', 'false', 't'][below(5)] as string,
    () => sign() + digits(9),
    () => sign() + digits(18),
    () => sign() + digits(36),
    () => sign() + digits(10) + fraction(2),
    () => sign() + digits(6) + fraction(30),
    () => sign() + digits(20) + fraction(20) + (below(4) ? '' : `E${sign()}${digits(2)}`),
    () => day(),
    () => `${day()} ${two(0, 24)}:${two(0, 60)}:${two(0, 60)}${fraction(6)}`,
    () => Array.from({ length: below(4) }, () => SPECIAL[below(SPECIAL.length)]).join(''),
  ];
  return values
    .map((value) => {
      if (below(6) === 0) return below(2) ? '' : '""';
      const field = value();
      const mustQuote = /[",\n]/.test(field) || field === '';
      return mustQuote || below(3) === 0 ? `"${field.replaceAll('"', '""')}"` : field;
    })
    .join(',');
}
