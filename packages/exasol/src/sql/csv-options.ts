/** What EXPORT and IMPORT share: options of the CSV text, each checked and written as one line of the statement. */
import { ExasolOptionError } from '../errors.js';
import { literalSql, type TableName, tableSql } from './identifier.js';
import { shown } from './shown.js';

/** Options of EXPORT and of IMPORT alike. What is left out takes the database's default. */
export interface CsvOptions {
  /** Written first, as `/*…*\/`. */
  readonly comment?: string;
  /** Columns of the file, for each file alike: `'1'`, `'2..4'`, `"5 FORMAT='DD.MM.YYYY'"`; in EXPORT also `'6 DELIMIT=ALWAYS'`. */
  readonly csvColumns?: readonly string[];
  /** Name of the encoding. Default UTF-8. */
  readonly encoding?: string;
  /** How NULL is written. Default: nothing, between two separators. */
  readonly null?: string;
  /** `'LF'` (default), `'CR'` or `'CRLF'`. */
  readonly rowSeparator?: string;
  /** Up to ten characters, `0x` and hexadecimal digits, or NUL, TAB, LF, CR, ESC. Default `,`. */
  readonly columnSeparator?: string;
  /** As `columnSeparator`; the empty text is none. Default `"`. */
  readonly columnDelimiter?: string;
  /** How many wrong rows the statement bears before it fails. */
  readonly rejectLimit?: number | 'UNLIMITED';
}

/** Where IMPORT puts rows that it cannot take. */
export interface ErrorTable {
  readonly table: TableName;
  /** Text written beside each row, to tell this import's from others'. */
  readonly tag?: string;
  /** What becomes of rows that are there: `'replace'` makes the table anew, `'truncate'` empties it. Default: they stay. */
  readonly mode?: 'replace' | 'truncate';
}

/** @throws ExasolOptionError for a comment that would end itself */
export function commentLine(comment: unknown): string | undefined {
  if (comment === undefined) {
    return undefined;
  }
  if (textOf(comment, 'comment').includes('*/')) {
    throw new ExasolOptionError('comment', "must not hold '*/', which would end it");
  }
  return `/*${comment}*/`;
}

const CSV_COLUMN =
  /^(\d+)(?:\.\.(\d+))?(\sFORMAT='[^'\n]+')?(\sDELIMIT\s?=\s?(?:AUTO|ALWAYS|NEVER))?$/i;

/** The list behind each FILE. @throws ExasolOptionError */
export function csvColumnsSql(columns: unknown, statement: 'EXPORT' | 'IMPORT'): string {
  if (columns === undefined) {
    return '';
  }
  if (!Array.isArray(columns)) {
    throw new ExasolOptionError('csvColumns', "must be a list, such as ['1..3', '5']");
  }
  for (const [i, column] of columns.entries()) {
    const found = typeof column === 'string' ? CSV_COLUMN.exec(column) : null;
    const wrong = found === null || (found[4] !== undefined && statement === 'IMPORT');
    if (wrong || Number(found[1]) < 1 || Number(found[2] ?? found[1]) < Number(found[1])) {
      throw new ExasolOptionError(
        `csvColumns[${i}]`,
        `${shown(column)} is no column of a file; one looks like '1', '2..4' or "5 FORMAT='YYYY-MM-DD'"`,
      );
    }
  }
  return columns.length === 0 ? '' : `(${columns.join(',')})`;
}

export function encodingLine(encoding: unknown): string | undefined {
  if (encoding === undefined) {
    return undefined;
  }
  const name = textOf(encoding, 'encoding');
  if (!/^[\w .:-]+$/.test(name)) {
    throw new ExasolOptionError('encoding', `${shown(name)} is no name of an encoding`);
  }
  return `ENCODING = ${literalSql(name)}`;
}

export function nullLine(text: unknown): string | undefined {
  return text === undefined ? undefined : `NULL = ${literalSql(textOf(text, 'null'))}`;
}

export function rowSeparatorLine(separator: unknown): string | undefined {
  if (separator === undefined) {
    return undefined;
  }
  if (!/^(?:LF|CR|CRLF)$/i.test(textOf(separator, 'rowSeparator'))) {
    throw new ExasolOptionError(
      'rowSeparator',
      `must be 'LF', 'CR' or 'CRLF', not ${shown(separator)}`,
    );
  }
  return `ROW SEPARATOR = ${literalSql(separator as string)}`;
}

export function columnSeparatorLine(separator: unknown): string | undefined {
  if (separator === undefined) {
    return undefined;
  }
  const text = markOf(separator, 'columnSeparator');
  if (text === '') {
    throw new ExasolOptionError(
      'columnSeparator',
      'must not be empty: fields could not be told apart',
    );
  }
  return `COLUMN SEPARATOR = ${literalSql(text)}`;
}

export function columnDelimiterLine(delimiter: unknown): string | undefined {
  return delimiter === undefined
    ? undefined
    : `COLUMN DELIMITER = ${literalSql(markOf(delimiter, 'columnDelimiter'))}`;
}

/** Exasol takes up to ten characters; a longer one that begins with `0x` is hexadecimal. */
function markOf(value: unknown, option: string): string {
  const text = textOf(value, option);
  if (text.length > 10 && !/^0x(?:[0-9a-f]{2}){1,10}$/i.test(text)) {
    throw new ExasolOptionError(option, `${shown(text)} is longer than ten characters`);
  }
  return text;
}

export function rejectLimitLine(limit: unknown): string | undefined {
  if (limit === undefined) {
    return undefined;
  }
  if (typeof limit === 'string' && limit.toUpperCase() === 'UNLIMITED') {
    return 'REJECT LIMIT UNLIMITED';
  }
  if (typeof limit !== 'number' || !Number.isSafeInteger(limit) || limit < 0) {
    throw new ExasolOptionError(
      'rejectLimit',
      `must be a whole number of rows, or 'UNLIMITED', not ${shown(limit)}`,
    );
  }
  return `REJECT LIMIT ${limit}`;
}

const ERROR_TABLE_OPTIONS: readonly string[] = ['table', 'tag', 'mode'];

export function errorsIntoLine(errors: unknown, quoted: boolean): string | undefined {
  if (errors === undefined) {
    return undefined;
  }
  if (typeof errors !== 'object' || errors === null) {
    throw new ExasolOptionError('errorsInto', "must be an object: { table: 'errors' }");
  }
  refuseUnknown(errors, ERROR_TABLE_OPTIONS, 'errorsInto.');
  const { table, tag, mode } = errors as Partial<ErrorTable>;
  const words = [`ERRORS INTO ${tableSql(table, quoted, 'errorsInto.table')}`];
  if (tag !== undefined) {
    words.push(`(${literalSql(textOf(tag, 'errorsInto.tag'))})`);
  }
  if (mode !== undefined) {
    words.push(choiceOf(mode, ['REPLACE', 'TRUNCATE'], 'errorsInto.mode'));
  }
  return words.join(' ');
}

/** A bare word of SQL that an option chooses, in upper case. @throws ExasolOptionError */
export function choiceOf(value: unknown, words: readonly string[], option: string): string {
  const word = typeof value === 'string' ? value.toUpperCase() : undefined;
  if (word === undefined || !words.includes(word)) {
    throw new ExasolOptionError(option, `must be one of ${words.join(', ')}, not ${shown(value)}`);
  }
  return word;
}

/** @throws ExasolOptionError for anything but true, false and undefined: the text `"false"` must not mean yes */
export function flagOf(value: unknown, option: string): boolean {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new ExasolOptionError(option, `must be true or false, not ${shown(value)}`);
  }
  return value === true;
}

/** @throws ExasolOptionError */
export function textOf(value: unknown, option: string): string {
  if (typeof value !== 'string') {
    throw new ExasolOptionError(option, `must be text, not ${shown(value)}`);
  }
  return value;
}

/** @throws ExasolOptionError that names an option nobody knows, and those there are */
export function refuseUnknown(given: object, known: readonly string[], prefix = ''): void {
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) {
      throw new ExasolOptionError(
        `${prefix}${name}`,
        `there is no such option; there are ${known.join(', ')}`,
      );
    }
  }
}
