import { describe, expect, it } from 'vitest';
import { ExasolOptionError } from '../errors.js';
import { type ImportRequest, importStatement } from './import-statement.js';

const request: ImportRequest = {
  into: ['sch', 'tab'],
  addresses: ['10.0.0.11:20001', '10.0.0.12:20002'],
  encryption: false,
};

describe('importStatement', () => {
  it('writes every option of the reference in its order', () => {
    const sql = importStatement({
      ...request,
      comment: 'y',
      columns: ['a', 'B'],
      csvColumns: ['2', '5..6'],
      format: 'bz2',
      encoding: 'UTF8',
      null: '',
      skip: 1,
      trim: 'ltrim',
      rowSeparator: 'LF',
      columnSeparator: ';',
      columnDelimiter: '"',
    });
    expect(sql).toBe(
      [
        '/*y*/',
        'IMPORT INTO sch.tab(a,B) FROM CSV',
        "AT 'http://10.0.0.11:20001' FILE '000.bz2'(2,5..6)",
        "AT 'http://10.0.0.12:20002' FILE '001.bz2'(2,5..6)",
        "ENCODING = 'UTF8'",
        "NULL = ''",
        'SKIP = 1',
        'LTRIM',
        "ROW SEPARATOR = 'LF'",
        "COLUMN SEPARATOR = ';'",
        `COLUMN DELIMITER = '"'`,
      ].join('\n'),
    );
  });

  it('writes the options that the reference lacks, last', () => {
    const sql = importStatement({
      ...request,
      skip: 0,
      errorsInto: { table: 'sch.errors', tag: "it's 7", mode: 'truncate' },
      rejectLimit: 'UNLIMITED',
    });
    expect(sql.split('\n').slice(3)).toEqual([
      'SKIP = 0',
      "ERRORS INTO sch.errors ('it''s 7') TRUNCATE",
      'REJECT LIMIT UNLIMITED',
    ]);
    const quoted = importStatement({
      ...request,
      quoteIdentifiers: true,
      errorsInto: { table: ['s', 'E'] },
    });
    expect(quoted).toContain('IMPORT INTO "sch"."tab" FROM CSV');
    expect(quoted.endsWith('\nERRORS INTO "s"."E"')).toBe(true);
  });

  it.each<[Readonly<Record<string, unknown>>, RegExp]>([
    [{ into: 'select 1' }, /^into: 'select 1' is no plain name/],
    [{ into: undefined }, /^into: a table must be/],
    [{ withColumnNames: true }, /^withColumnNames: there is no such option/],
    [{ csvColumns: ['1 DELIMIT=NEVER'] }, /^csvColumns\[0\]/],
    [{ skip: -1 }, /^skip: must be a whole number/],
    [{ skip: 1.5 }, /^skip: must be/],
    [{ skip: '' }, /^skip: must be/],
    [{ skip: null }, /^skip: must be a whole number of rows, not null/],
    [{ skip: '1; drop' }, /^skip: must be/],
    [{ trim: 'both' }, /^trim: must be one of TRIM, LTRIM, RTRIM/],
    [{ trim: true }, /^trim: must be one of/],
    [{ trim: '' }, /^trim: must be one of/],
    [{ errorsInto: 'tab' }, /^errorsInto: must be an object/],
    [{ errorsInto: {} }, /^errorsInto\.table: a table must be/],
    [{ errorsInto: { table: 'a b' } }, /^errorsInto\.table: 'a b' is no plain name/],
    [{ errorsInto: { table: 'a', tag: 1 } }, /^errorsInto\.tag: must be text/],
    [{ errorsInto: { table: 'a', mode: 'append' } }, /^errorsInto\.mode: must be one of/],
    [{ errorsInto: { table: 'a', into: 'b' } }, /^errorsInto\.into: there is no such option/],
    [{ quoteIdentifiers: 1 }, /^quoteIdentifiers: must be true or false, not 1/],
  ])('refuses %j', (changes, message) => {
    const write = (): string => importStatement({ ...request, ...changes } as ImportRequest);
    expect(write).toThrow(ExasolOptionError);
    expect(write).toThrow(message);
  });
});
