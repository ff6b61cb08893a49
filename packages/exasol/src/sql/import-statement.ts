import { ExasolOptionError } from '../errors.js';
import {
  type CsvOptions,
  choiceOf,
  columnDelimiterLine,
  columnSeparatorLine,
  commentLine,
  csvColumnsSql,
  type ErrorTable,
  encodingLine,
  errorsIntoLine,
  flagOf,
  nullLine,
  refuseUnknown,
  rejectLimitLine,
  rowSeparatorLine,
} from './csv-options.js';
import { FILE_OPTIONS, fileLines, type TunnelFiles } from './file-list.js';
import { columnListSql, type TableName, tableSql } from './identifier.js';
import { shown } from './shown.js';

/** Options of IMPORT. */
export interface ImportOptions extends CsvOptions {
  /** The table's columns that the file's are for, in order. Default: all. */
  readonly columns?: readonly string[];
  /** How many rows at the beginning of each file are passed over. Default 0. */
  readonly skip?: number | string;
  /** Whether blanks are taken off fields: on both sides, on the left, on the right. Default: they stay. */
  readonly trim?: 'trim' | 'ltrim' | 'rtrim' | 'TRIM' | 'LTRIM' | 'RTRIM';
  /** A table for rows that cannot be taken. Takes effect with `rejectLimit`. */
  readonly errorsInto?: ErrorTable;
}

/** An IMPORT statement over tunnels. */
export interface ImportRequest extends ImportOptions, TunnelFiles {
  readonly into: TableName;
  /** Names keep their case and may hold any character; a dot is one of them. Default false: plain names only. */
  readonly quoteIdentifiers?: boolean;
}

const IMPORT_OPTIONS: readonly string[] = [
  'into',
  'quoteIdentifiers',
  ...FILE_OPTIONS,
  'comment',
  'columns',
  'csvColumns',
  'encoding',
  'null',
  'skip',
  'trim',
  'rowSeparator',
  'columnSeparator',
  'columnDelimiter',
  'errorsInto',
  'rejectLimit',
];

/**
 * The text of an IMPORT statement, line by line as pyexasol 2.3.1 writes it. Options that pyexasol lacks come last.
 * @throws ExasolOptionError that says which option is wrong and why
 */
export function importStatement(request: ImportRequest): string {
  refuseUnknown(request, IMPORT_OPTIONS);
  const quoted = flagOf(request.quoteIdentifiers, 'quoteIdentifiers');
  const table = tableSql(request.into, quoted, 'into');
  const lines = [
    commentLine(request.comment),
    `IMPORT INTO ${table}${columnListSql(request.columns, quoted)} FROM CSV`,
    ...fileLines(request, csvColumnsSql(request.csvColumns, 'IMPORT')),
    encodingLine(request.encoding),
    nullLine(request.null),
    skipLine(request.skip),
    trimLine(request.trim),
    rowSeparatorLine(request.rowSeparator),
    columnSeparatorLine(request.columnSeparator),
    columnDelimiterLine(request.columnDelimiter),
    errorsIntoLine(request.errorsInto, quoted),
    rejectLimitLine(request.rejectLimit),
  ];
  return lines.filter((line) => line !== undefined).join('\n');
}

function skipLine(skip: unknown): string | undefined {
  if (skip === undefined) {
    return undefined;
  }
  const sound =
    typeof skip === 'string' ? /^\d+$/.test(skip) : Number.isSafeInteger(skip) && Number(skip) >= 0;
  if (!sound) {
    throw new ExasolOptionError('skip', `must be a whole number of rows, not ${shown(skip)}`);
  }
  return `SKIP = ${skip}`;
}

function trimLine(trim: unknown): string | undefined {
  return trim === undefined ? undefined : choiceOf(trim, ['TRIM', 'LTRIM', 'RTRIM'], 'trim');
}
