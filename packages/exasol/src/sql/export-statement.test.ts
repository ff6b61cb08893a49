import { describe, expect, it } from 'vitest';
import { ExasolOptionError } from '../errors.js';
import { type ExportRequest, exportStatement } from './export-statement.js';

const KEY = 'A'.repeat(43);

const request: ExportRequest = {
  from: 'sch.tab',
  addresses: [`10.0.0.11:20001/${KEY}=`, `10.0.0.12:20002/${KEY}=`],
  encryption: true,
  compression: true,
  releaseVersion: '2025.1.11',
};

/** A request as JavaScript may make it. */
const wild = (changes: Readonly<Record<string, unknown>>): ExportRequest =>
  ({ ...request, ...changes }) as ExportRequest;

const linesOf = (changes: Partial<ExportRequest>): string[] =>
  exportStatement({ ...request, ...changes }).split('\n');

describe('exportStatement', () => {
  it('writes every option of the reference in its order', () => {
    const sql = exportStatement({
      ...request,
      comment: 'comment',
      columns: ['a', 'B'],
      csvColumns: ['1..3', "4 FORMAT='YYYY'"],
      delimit: 'always',
      encoding: 'UTF8',
      null: '\\N',
      rowSeparator: 'CRLF',
      columnSeparator: 'TAB',
      columnDelimiter: "'",
      withColumnNames: true,
    });
    expect(sql).toBe(
      [
        '/*comment*/',
        'EXPORT sch.tab(a,B) INTO CSV',
        `AT 'https://10.0.0.11:20001' PUBLIC KEY 'sha256//${KEY}=' FILE '000.gz'(1..3,4 FORMAT='YYYY')`,
        `AT 'https://10.0.0.12:20002' PUBLIC KEY 'sha256//${KEY}=' FILE '001.gz'(1..3,4 FORMAT='YYYY')`,
        'DELIMIT=ALWAYS',
        "ENCODING = 'UTF8'",
        "NULL = '\\N'",
        "ROW SEPARATOR = 'CRLF'",
        "COLUMN SEPARATOR = 'TAB'",
        "COLUMN DELIMITER = ''''",
        'WITH COLUMN NAMES',
      ].join('\n'),
    );
  });

  it('writes the options that the reference lacks', () => {
    const lines = linesOf({
      boolean: 'true/false',
      existing: 'replace',
      rejectLimit: 0,
      ignoreCertificate: true,
      csvColumns: ['1 DELIMIT=NEVER'],
      null: '',
      columnDelimiter: '',
    });
    expect(lines).toEqual([
      'EXPORT sch.tab INTO CSV',
      "AT 'https://10.0.0.11:20001' IGNORE CERTIFICATE FILE '000.gz'(1 DELIMIT=NEVER)",
      "AT 'https://10.0.0.12:20002' IGNORE CERTIFICATE FILE '001.gz'(1 DELIMIT=NEVER)",
      "NULL = ''",
      "BOOLEAN = 'true/false'",
      "COLUMN DELIMITER = ''",
      'REPLACE',
      'REJECT LIMIT 0',
    ]);
  });

  it.each<[Partial<ExportRequest>, string]>([
    [{ from: 'tab' }, 'EXPORT tab INTO CSV'],
    [{ from: ['sch', 'tab'], columns: [] }, 'EXPORT sch.tab INTO CSV'],
    [
      { from: ['s.c', 'ta"b'], quoteIdentifiers: true, columns: ['ä b'] },
      'EXPORT "s.c"."ta""b"("ä b") INTO CSV',
    ],
    [{ from: 'a.b', quoteIdentifiers: true }, 'EXPORT "a.b" INTO CSV'],
    [{ from: ' \n select 1 -- one;\n; ;' }, 'EXPORT (\nselect 1 -- one\n) INTO CSV'],
    [{ from: { query: 'values_of_a_view' } }, 'EXPORT (\nvalues_of_a_view\n) INTO CSV'],
  ])('takes the source %j', (changes, head) => {
    expect(exportStatement({ ...request, ...changes }).startsWith(`${head}\nAT`)).toBe(true);
  });

  it.each<[Partial<ExportRequest>, string]>([
    [{ encryption: false }, "AT 'http://10.0.0.11:20001' FILE '000.gz'"],
    [{ releaseVersion: '8.31.9' }, "AT 'https://10.0.0.11:20001' FILE '000.gz'"],
    [{ releaseVersion: '8.9.0' }, "AT 'https://10.0.0.11:20001' FILE '000.gz'"],
    [
      { releaseVersion: '8.31.9', ignoreCertificate: true },
      "AT 'https://10.0.0.11:20001' FILE '000.gz'",
    ],
    [
      { releaseVersion: '8.32.0' },
      `AT 'https://10.0.0.11:20001' PUBLIC KEY 'sha256//${KEY}=' FILE '000.gz'`,
    ],
    [{ encryption: false, compression: false }, "AT 'http://10.0.0.11:20001' FILE '000.csv'"],
    [{ encryption: false, format: 'bz2' }, "AT 'http://10.0.0.11:20001' FILE '000.bz2'"],
  ])('writes files for %j', (changes, line) => {
    expect(linesOf(changes)[1]).toBe(line);
  });

  it('numbers files beyond 999', () => {
    const addresses = Array.from({ length: 1001 }, (_, i) => `10.0.0.1:${20_000 + i}`);
    const lines = linesOf({ addresses, encryption: false });
    expect(lines[8]).toBe("AT 'http://10.0.0.1:20007' FILE '007.gz'");
    expect(lines[1001]).toBe("AT 'http://10.0.0.1:21000' FILE '1000.gz'");
  });

  it.each<[Readonly<Record<string, unknown>>, RegExp]>([
    [{ colums: ['a'] }, /^colums: there is no such option; there are from, /],
    [{ skip: 1 }, /^skip: there is no such option/],
    [{ comment: 'a*/b' }, /^comment: must not hold/],
    [{ comment: null }, /^comment: must be text, not null/],
    [{ from: undefined }, /^from: a table must be a name/],
    [{ from: '' }, /^from: a name must be text/],
    [{ from: [] }, /^from: a table must be/],
    [{ from: ['a', ''] }, /^from\[1\]: a name must be/],
    [{ from: 'a..b' }, /^from: a name must be/],
    [{ from: 'a-b' }, /^from: 'a-b' is no plain name .* Set quoteIdentifiers/],
    [{ from: ' tab' }, /^from: ' tab' is no plain name/],
    [{ from: 'tab\n' }, /^from: 'tab\n' is no plain name/],
    [{ from: { query: 5 } }, /^from\.query: must be text, not 5/],
    [{ from: { query: ' ; ' } }, /^from: the query is empty/],
    [{ from: { sql: 'x' } }, /^from\.sql: there is no such option; there are query/],
    [{ from: 'select 1', columns: ['a'] }, /^columns: is for tables/],
    [{ columns: 'a' }, /^columns: must be a list/],
    [{ columns: ['a', 'b c'] }, /^columns\[1\]: 'b c' is no plain name/],
    [{ columns: [''] }, /^columns\[0\]: a name must/],
    [{ csvColumns: ['1..'] }, /^csvColumns\[0\]: '1\.\.' is no column of a file/],
    [{ csvColumns: ['1', '3..2'] }, /^csvColumns\[1\]/],
    [{ csvColumns: ['0'] }, /^csvColumns\[0\]/],
    [{ csvColumns: ["1 FORMAT='a' b'"] }, /^csvColumns\[0\]/],
    [{ csvColumns: '1' }, /^csvColumns: must be a list/],
    [{ format: 'gzip' }, /^format: must be one of GZ, BZ2, ZIP, not 'gzip'/],
    [{ format: '' }, /^format: must be/],
    [{ delimit: 'SOME' }, /^delimit: must be one of AUTO, ALWAYS, NEVER/],
    [{ delimit: '' }, /^delimit: must be/],
    [{ encoding: '' }, /^encoding: '' is no name/],
    [{ null: 0 }, /^null: must be text, not 0/],
    [{ null: null }, /^null: must be text, not null/],
    [{ rowSeparator: '\n' }, /^rowSeparator: must be 'LF'/],
    [{ columnSeparator: '' }, /^columnSeparator: must not be empty/],
    [{ columnSeparator: '12345678901' }, /^columnSeparator: '12345678901' is longer/],
    [{ withColumnNames: 'False' }, /^withColumnNames: must be true or false, not 'False'/],
    [{ withColumnNames: 0 }, /^withColumnNames: must be true or false/],
    [{ boolean: 'yes' }, /^boolean: must be two words/],
    [{ existing: true }, /^existing: must be one of REPLACE, TRUNCATE/],
    [{ rejectLimit: -1 }, /^rejectLimit: must be a whole number/],
    [{ rejectLimit: '5' }, /^rejectLimit: must be a whole number/],
    [{ rejectLimit: 5n }, /^rejectLimit: .* not 5n/],
    [{ addresses: [] }, /^addresses: must be a list/],
    [{ addresses: ['10.0.0.1:20'] }, /^addresses\[0\]: 10\.0\.0\.1:20 has no key behind it/],
    [{ addresses: ['10.0.0.1'] }, /^addresses\[0\]: '10\.0\.0\.1' is no address of a tunnel/],
    [{ addresses: ["10.0.0.1:1' x"] }, /is no address of a tunnel/],
    [{ addresses: ['10.0.0.256:1'] }, /is no address of a tunnel/],
    [{ addresses: ['10.0.0.1:65536'] }, /is no address of a tunnel/],
    [{ addresses: [`10.0.0.1:1/${KEY}`] }, /is no address of a tunnel/],
    [{ addresses: [`10.0.0.1:1/${KEY}=\n`] }, /is no address of a tunnel/],
    [{ addresses: [''] }, /is no address of a tunnel/],
    [
      { addresses: ['10.0.0.1:1', '10.0.0.1:1'], encryption: false },
      /^addresses\[1\]: 10\.0\.0\.1:1 is listed twice/,
    ],
    [{ encryption: undefined }, /^encryption: must be true or false/],
    [{ encryption: false, ignoreCertificate: true }, /^ignoreCertificate: there is no certificate/],
    [{ releaseVersion: 'new' }, /^releaseVersion: 'new' is no version/],
  ])('refuses %o', (changes, message) => {
    const write = (): string => exportStatement(wild(changes));
    expect(write).toThrow(ExasolOptionError);
    expect(write).toThrow(message);
  });
});
