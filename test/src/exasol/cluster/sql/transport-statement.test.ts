import { describe, expect, it } from 'vitest';
import { parseTransport } from './transport-statement.js';

const AT = "AT 'https://10.0.0.1:20001' PUBLIC KEY 'sha256//abc=' FILE '000.csv'";

describe('parseTransport', () => {
  it('reads an EXPORT of a table, file by file', () => {
    const { direction, table, columns, query, files, errorsInto } = parseTransport(
      `EXPORT "s"."T" (a, "b c") INTO CSV ${AT} AT 'http://10.0.0.2:7' FILE '001.csv' (1..2, 4 FORMAT='DD')`,
    );
    expect({ direction, table, columns, query, errorsInto }).toEqual({
      direction: 'export',
      table: '"s"."T"',
      columns: 'a, "b c"',
      query: undefined,
      errorsInto: undefined,
    });
    expect(files).toEqual([
      {
        secure: true,
        address: '10.0.0.1:20001',
        pin: 'abc=',
        ignoreCertificate: false,
        name: '000.csv',
        columns: [],
      },
      {
        secure: false,
        address: '10.0.0.2:7',
        pin: undefined,
        ignoreCertificate: false,
        name: '001.csv',
        columns: [
          { from: 0, to: 1 },
          { from: 3, to: 3, format: 'DD' },
        ],
      },
    ]);
  });

  it('reads an EXPORT of a query with parentheses, strings and comments in it', () => {
    const query = "SELECT (1), ')' /* ) */ FROM t";
    expect(parseTransport(`export (${query}) into csv ${AT}`).query).toBe(query);
  });

  it('reads every option', () => {
    const { csv, errorsInto } =
      parseTransport(`IMPORT INTO t FROM CSV ${AT} ENCODING='UTF-8' SKIP=2 TRIM NULL='-'
      ROW SEPARATOR='CRLF' COLUMN SEPARATOR='TAB' COLUMN DELIMITER='0x27' ERRORS INTO e (CURRENT_TIMESTAMP) REPLACE
      REJECT LIMIT 7 ERRORS`);
    expect(errorsInto).toEqual({ table: 'e', mode: 'replace' });
    expect(csv).toMatchObject({
      encoding: 'UTF-8',
      skip: 2,
      trim: 'TRIM',
      nullText: '-',
      rowSeparator: '\r\n',
      columnSeparator: '\t',
      columnDelimiter: "'",
      rejectLimit: 7,
    });
    const out = parseTransport(
      `EXPORT t INTO CSV ${AT} DELIMIT=ALWAYS BOOLEAN='Y/N' WITH COLUMN NAMES REJECT LIMIT UNLIMITED;`,
    );
    expect(out.csv).toMatchObject({
      delimit: 'ALWAYS',
      booleans: ['Y', 'N'],
      withColumnNames: true,
      rejectLimit: Number.POSITIVE_INFINITY,
    });
  });

  it.each([
    ['no file', 'EXPORT t INTO CSV', /unexpected end of statement/],
    [
      'PUBLIC KEY behind FILE',
      "IMPORT INTO t FROM CSV AT 'http://1.1.1.1:1' FILE 'a' PUBLIC KEY 'x'",
      /unexpected 'PUBLIC'/,
    ],
    ['another source', "IMPORT INTO t FROM FBV AT 'x' FILE 'y'", /FBV/],
    ['an address that is none', "EXPORT t INTO CSV AT 'ftp://h' FILE 'y'", /cannot connect/],
    [
      'a key of another kind',
      `EXPORT t INTO CSV ${AT.replace('sha256', 'md5')}`,
      /invalid public key/,
    ],
    ['an option nobody knows', `EXPORT t INTO CSV ${AT} FASTER`, /unexpected 'FASTER'/],
    ['half a boolean', `EXPORT t INTO CSV ${AT} BOOLEAN='yes'`, /invalid boolean format/],
    [
      'a separator that is too long',
      `EXPORT t INTO CSV ${AT} COLUMN SEPARATOR='12345678901'`,
      /too long/,
    ],
  ])('refuses %s', (_, sql, message) => {
    expect(() => parseTransport(sql)).toThrow(message);
  });
});
