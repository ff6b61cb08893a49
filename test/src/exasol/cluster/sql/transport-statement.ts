/** EXPORT … INTO CSV and IMPORT … FROM CSV, parsed leniently: any space, options in any order, PUBLIC KEY before FILE. */
import { CSV_DEFAULTS, type CsvColumn, type CsvOptions } from '../csv/csv-options.js';
import { ExasolError, notSupported } from '../exasol-error.js';
import { TokenReader } from './token-reader.js';

export interface TransportFile {
  readonly secure: boolean;
  /** `10.0.0.11:20001` */
  readonly address: string;
  /** Base64 of the SHA-256 of the public key. */
  readonly pin: string | undefined;
  readonly ignoreCertificate: boolean;
  /** `000.csv` */
  readonly name: string;
  readonly columns: readonly CsvColumn[];
}

export interface TransportStatement {
  readonly direction: 'export' | 'import';
  /** A table with its columns, as they stand in the statement; or a query. */
  readonly table: string;
  readonly columns: string;
  readonly query: string | undefined;
  readonly files: readonly TransportFile[];
  readonly csv: CsvOptions;
  /** IMPORT … ERRORS INTO. */
  readonly errorsInto: ErrorTable | undefined;
}

/** The table for rows that are rejected. */
export interface ErrorTable {
  /** As it stands in the statement. */
  readonly table: string;
  readonly mode: 'append' | 'replace' | 'truncate';
}

export function parseTransport(sql: string): TransportStatement {
  const reader = new TokenReader(sql);
  const direction = reader.accept('EXPORT') ? 'export' : 'import';
  if (direction === 'import') reader.expect('IMPORT', 'INTO');
  const isQuery = direction === 'export' && reader.current?.text === '(';
  const query = isQuery ? reader.parenthesized() : undefined;
  const table = isQuery ? '' : reader.name();
  const columns = reader.current?.text === '(' ? reader.parenthesized() : '';
  reader.expect(direction === 'export' ? 'INTO' : 'FROM');
  if (!reader.accept('CSV')) throw notSupported(`data source ${reader.current?.text ?? ''}`);
  const files = parseFiles(reader);
  const { csv, errorsInto } = parseOptions(reader);
  return { direction, table, columns, query, files, csv, errorsInto };
}

function parseFiles(reader: TokenReader): TransportFile[] {
  const files: TransportFile[] = [];
  while (reader.accept('AT')) {
    const url = reader.string();
    const [, scheme, address] = /^(https?):\/\/([\d.]+:\d+)\/?(?:;.*)?$/i.exec(url) ?? [];
    if (scheme === undefined || address === undefined)
      throw new ExasolError('42636', `ETL-5105: cannot connect to [${url}]`);
    if (reader.accept('USER')) {
      reader.string();
      reader.expect('IDENTIFIED', 'BY');
      reader.string();
    }
    const pin = reader.accept('PUBLIC', 'KEY') ? parsePin(reader) : undefined;
    const ignoreCertificate = reader.accept('IGNORE', 'CERTIFICATE');
    if (reader.current?.text.toUpperCase() !== 'FILE') throw reader.unexpected();
    while (reader.accept('FILE')) {
      const name = reader.string();
      const columns = reader.current?.text === '(' ? parseCsvColumns(reader) : [];
      files.push({
        secure: /^https$/i.test(scheme),
        address,
        pin,
        ignoreCertificate,
        name,
        columns,
      });
    }
  }
  if (files.length === 0) throw reader.unexpected();
  return files;
}

function parsePin(reader: TokenReader): string {
  const pin = /^sha256\/\/(.+)$/.exec(reader.string())?.[1];
  if (pin === undefined) throw new ExasolError('42000', 'invalid public key');
  return pin;
}

function parseCsvColumns(reader: TokenReader): CsvColumn[] {
  const columns: CsvColumn[] = [];
  reader.expect('(');
  do {
    const from = reader.number() - 1;
    const to = reader.accept('..') ? reader.number() - 1 : from;
    const formatted = reader.accept('FORMAT', '=');
    columns.push(formatted ? { from, to, format: reader.string() } : { from, to });
  } while (reader.accept(','));
  reader.expect(')');
  return columns;
}

type Draft = { -readonly [K in keyof CsvOptions]: CsvOptions[K] };

function parseOptions(reader: TokenReader): {
  csv: CsvOptions;
  errorsInto: ErrorTable | undefined;
} {
  const csv: Draft = { ...CSV_DEFAULTS };
  let errorsInto: ErrorTable | undefined;
  while (!reader.done && !reader.accept(';')) {
    if (reader.accept('ERRORS', 'INTO')) errorsInto = parseErrorTable(reader);
    else if (!parseOption(reader, csv)) throw reader.unexpected();
  }
  return { csv, errorsInto };
}

function parseErrorTable(reader: TokenReader): ErrorTable {
  const table = reader.name();
  if (reader.current?.text === '(') reader.parenthesized();
  if (reader.accept('REPLACE')) return { table, mode: 'replace' };
  return { table, mode: reader.accept('TRUNCATE') ? 'truncate' : 'append' };
}

function parseOption(reader: TokenReader, csv: Draft): boolean {
  if (reader.accept('DELIMIT', '=')) csv.delimit = oneOf(reader, ['AUTO', 'ALWAYS', 'NEVER']);
  else if (reader.accept('ENCODING', '=')) csv.encoding = reader.string();
  else if (reader.accept('NULL', '=')) csv.nullText = reader.string();
  else if (reader.accept('BOOLEAN', '=')) csv.booleans = booleanWords(reader.string());
  else if (reader.accept('SKIP', '=')) csv.skip = reader.number();
  else if (reader.accept('ROW', 'SEPARATOR', '=')) csv.rowSeparator = separator(reader.string());
  else if (reader.accept('COLUMN', 'SEPARATOR', '='))
    csv.columnSeparator = separator(reader.string());
  else if (reader.accept('COLUMN', 'DELIMITER', '='))
    csv.columnDelimiter = separator(reader.string());
  else if (reader.accept('WITH', 'COLUMN', 'NAMES')) csv.withColumnNames = true;
  else if (reader.accept('REJECT', 'LIMIT')) csv.rejectLimit = rejectLimit(reader);
  else if (['TRIM', 'LTRIM', 'RTRIM'].includes(reader.current?.text.toUpperCase() ?? ''))
    csv.trim = oneOf(reader, ['TRIM', 'LTRIM', 'RTRIM']);
  else return reader.accept('REPLACE') || reader.accept('TRUNCATE');
  return true;
}

function oneOf<T extends string>(reader: TokenReader, words: readonly T[]): T {
  const token = reader.next();
  const word = words.find((each) => each === token.text.toUpperCase());
  if (word === undefined) throw reader.unexpected(token);
  return word;
}

function rejectLimit(reader: TokenReader): number {
  const limit = reader.accept('UNLIMITED') ? Number.POSITIVE_INFINITY : reader.number();
  reader.accept('ERRORS');
  return limit;
}

/** `TRUE/FALSE`, `1/0`, `Yes/No`, …; the first is true. */
function booleanWords(text: string): readonly [string, string] {
  const [yes, no, ...more] = text.split('/');
  if (yes === undefined || no === undefined || more.length > 0)
    throw new ExasolError('42000', `invalid boolean format '${text}'`);
  return [yes, no];
}

const NAMED: Readonly<Record<string, string>> = {
  LF: '\n',
  CR: '\r',
  CRLF: '\r\n',
  TAB: '\t',
  ESC: '\x1b',
  NUL: '\0',
};

function separator(text: string): string {
  const named = NAMED[text.toUpperCase()];
  if (named !== undefined) return named;
  const bytes = /^0x((?:[\da-f]{2})+)$/i.exec(text)?.[1];
  if (bytes !== undefined) return Buffer.from(bytes, 'hex').toString('latin1');
  if (text.length > 10) throw new ExasolError('42000', `separator '${text}' is too long`);
  return text;
}
