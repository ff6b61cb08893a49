/** Random EXPORT and IMPORT requests, as pyexasol and as we take them. */
import type { ExportRequest, ImportRequest } from '@millrace/exasol';
import type { Seed } from '../../support/seed.js';

type Params = Record<string, unknown>;

/** One request for both. `name` is a table, or for EXPORT maybe a query. */
export interface StatementRequest {
  readonly statement: 'export' | 'import';
  readonly name: string | readonly string[];
  readonly addresses: readonly string[];
  readonly encryption: boolean;
  readonly compression: boolean;
  readonly releaseVersion: string | null;
  readonly quoteIdentifiers: boolean;
  /** By pyexasol's names. */
  readonly params: Params;
}

const NAMES = ['tab', 'Tab', '_t1', 'T', 'a b', 'a"b', 'ä', '1a', 'sch.tab', "a'b", 'a-b', 'tab;'];
const PARTS = ['sch', 'SCH', 'my_schema', 'S.1', 'a b', 'x"y'];
const QUERIES = [
  'select 1',
  ' \n select * from t -- all;\n;; \n',
  'select a, "b c" from s.t where x = \'a;\'',
  'with x as (select 1 as y) select * from x;',
];
const VERSIONS = [null, '7.1.30', '8.9.0', '8.31.5', '8.32.0', '8.32', '8.100.1', '2025.1.11'];
const COLUMNS = ['a', 'B', 'c_3', '_', 'd e', '5', 'f"', 'ü'];
const CSV_COLUMNS = [
  '1',
  '12',
  '2..4',
  "3 FORMAT='YYYY-MM-DD'",
  "4..5 format='99.9'",
  '1.2',
  'x',
  '',
];
const TEXTS = ['', "'", "''", '\\N', 'null', 'NULL', '"', '\\', "it's", 'ä'];
const SEPARATORS = [',', ';', '|', 'TAB', '0x1f', "'", '\t', '||', 'ESC'];
const COMMENTS = ['', 'from a judge', "it's", '*', '/', 'a*/b', 'two\nlines', '/* nested'];

export function randomStatement({ below }: Seed): StatementRequest {
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const maybe = (share: number): boolean => below(100) < share;
  const some = <T>(values: readonly T[], most: number): T[] =>
    Array.from({ length: below(most + 1) }, () => pick(values));
  const statement = pick(['export', 'import'] as const);
  const encryption = maybe(60);
  const addresses = Array.from({ length: 1 + below(4) }, (_, i) => {
    const key = Buffer.from(Array.from({ length: 32 }, () => below(256))).toString('base64');
    return `10.0.${below(256)}.${i}:${1 + below(65_535)}${maybe(encryption ? 95 : 20) ? `/${key}` : ''}`;
  });
  const params: Params = {};
  const options: readonly (readonly [string, () => unknown])[] = [
    ['comment', () => pick(COMMENTS)],
    ['columns', () => some(maybe(70) ? COLUMNS.slice(0, 4) : COLUMNS, 3)],
    ['csv_cols', () => some(maybe(80) ? CSV_COLUMNS.slice(0, 5) : CSV_COLUMNS, 3)],
    ['format', () => pick(['gz', 'bz2', 'zip', 'gzip'])],
    ['encoding', () => pick(['UTF-8', 'UTF8', 'ASCII', 'ISO-8859-1', 'WINDOWS-1252'])],
    ['null', () => pick(TEXTS)],
    ['row_separator', () => pick(['LF', 'CR', 'CRLF', 'crlf'])],
    ['column_separator', () => pick(SEPARATORS)],
    ['column_delimiter', () => pick([...SEPARATORS, ''])],
    ['delimit', () => pick(['auto', 'ALWAYS', 'Never', 'sometimes', ''])],
    ['with_column_names', () => pick([true, false, 'False', 1])],
    ['skip', () => pick([0, 1, 7, '3', '1; x', ''])],
    ['trim', () => pick(['trim', 'LTRIM', 'Rtrim', 'both', ''])],
    ['unheard_of', () => true],
  ];
  const foreign = statement === 'export' ? ['skip', 'trim'] : ['delimit', 'with_column_names'];
  for (const [name, value] of options) {
    const rare = name === 'unheard_of' || foreign.includes(name);
    if (maybe(rare ? 1 : 22)) {
      params[name] = value();
    }
  }
  return {
    statement,
    name: maybe(40)
      ? [pick(maybe(80) ? PARTS.slice(0, 3) : PARTS), pick(maybe(80) ? NAMES.slice(0, 4) : NAMES)]
      : statement === 'export' && maybe(40)
        ? pick(QUERIES)
        : pick(maybe(70) ? NAMES.slice(0, 4) : NAMES),
    addresses,
    encryption,
    compression: maybe(50),
    releaseVersion: pick(VERSIONS),
    quoteIdentifiers: maybe(30),
    params,
  };
}

/** Our names for pyexasol's. */
const OURS: Readonly<Record<string, string>> = {
  csv_cols: 'csvColumns',
  row_separator: 'rowSeparator',
  column_separator: 'columnSeparator',
  column_delimiter: 'columnDelimiter',
  with_column_names: 'withColumnNames',
};

/** The same request as ours. */
export function ourRequest(request: StatementRequest): ExportRequest & ImportRequest {
  const { name, statement, params, releaseVersion, ...shared } = request;
  delete (shared as { statement?: unknown }).statement;
  const renamed = Object.entries(params).map(([key, value]) => [OURS[key] ?? key, value]);
  return {
    ...shared,
    ...Object.fromEntries(renamed),
    ...(releaseVersion === null ? {} : { releaseVersion }),
    [statement === 'export' ? 'from' : 'into']: name,
  } as ExportRequest & ImportRequest;
}
