import { ExasolOptionError } from '../errors.js';
import {
  type CsvOptions,
  choiceOf,
  columnDelimiterLine,
  columnSeparatorLine,
  commentLine,
  csvColumnsSql,
  encodingLine,
  flagOf,
  nullLine,
  refuseUnknown,
  rejectLimitLine,
  rowSeparatorLine,
  textOf,
} from './csv-options.js';
import { FILE_OPTIONS, fileLines, type TunnelFiles } from './file-list.js';
import { columnListSql, literalSql, type TableName, tableSql } from './identifier.js';
import { shown } from './shown.js';

/** What is exported: a table, or the rows of a query. Text with white space in it is a query. */
export type ExportSource = TableName | { readonly query: string };

/** Options of EXPORT. */
export interface ExportOptions extends CsvOptions {
  /** The table's columns, in order. Default: all. Not for a query. */
  readonly columns?: readonly string[];
  /** Which fields stand in delimiters: those that must (`auto`, default), all, or none. */
  readonly delimit?: 'auto' | 'always' | 'never' | 'AUTO' | 'ALWAYS' | 'NEVER';
  /** How booleans are written: `'1/0'` (default), `'true/false'`, `'yes/no'` and the like. */
  readonly boolean?: string;
  /** Each file begins with the columns' names. Default false. */
  readonly withColumnNames?: boolean;
  /** Files that exist are removed (`replace`), or emptied. A tunnel's never do; Parquet and ZIP want `replace` all the same. */
  readonly existing?: 'replace' | 'truncate';
}

/** An EXPORT statement over tunnels. */
export interface ExportRequest extends ExportOptions, TunnelFiles {
  readonly from: ExportSource;
  /** Names keep their case and may hold any character; a dot is one of them. Default false: plain names only. */
  readonly quoteIdentifiers?: boolean;
}

const EXPORT_OPTIONS: readonly string[] = [
  'from',
  'quoteIdentifiers',
  ...FILE_OPTIONS,
  'comment',
  'columns',
  'csvColumns',
  'delimit',
  'encoding',
  'null',
  'boolean',
  'rowSeparator',
  'columnSeparator',
  'columnDelimiter',
  'withColumnNames',
  'existing',
  'rejectLimit',
];

/**
 * The text of an EXPORT statement, line by line as pyexasol 2.3.1 writes it. Options that pyexasol lacks come where they change
 * nothing else.
 * @throws ExasolOptionError that says which option is wrong and why
 */
export function exportStatement(request: ExportRequest): string {
  refuseUnknown(request, EXPORT_OPTIONS);
  const quoted = flagOf(request.quoteIdentifiers, 'quoteIdentifiers');
  const lines = [
    commentLine(request.comment),
    `EXPORT ${sourceSql(request, quoted)} INTO CSV`,
    ...fileLines(request, csvColumnsSql(request.csvColumns, 'EXPORT')),
    delimitLine(request.delimit),
    encodingLine(request.encoding),
    nullLine(request.null),
    booleanLine(request.boolean),
    rowSeparatorLine(request.rowSeparator),
    columnSeparatorLine(request.columnSeparator),
    columnDelimiterLine(request.columnDelimiter),
    flagOf(request.withColumnNames, 'withColumnNames') ? 'WITH COLUMN NAMES' : undefined,
    existingLine(request.existing),
    rejectLimitLine(request.rejectLimit),
  ];
  return lines.filter((line) => line !== undefined).join('\n');
}

/** A query stands on lines of its own, so that a comment at its end cannot swallow the bracket. */
function sourceSql({ from, columns }: ExportRequest, quoted: boolean): string {
  const query = queryOf(from);
  if (query === undefined) {
    return `${tableSql(from, quoted, 'from')}${columnListSql(columns, quoted)}`;
  }
  if (columns !== undefined && columnListSql(columns, quoted) !== '') {
    throw new ExasolOptionError('columns', 'is for tables: a query chooses its columns itself');
  }
  const trimmed = query.replace(/^[ \n]+/, '').replace(/[ \n;]+$/, '');
  if (trimmed === '') {
    throw new ExasolOptionError('from', 'the query is empty');
  }
  return `(\n${trimmed}\n)`;
}

function queryOf(from: unknown): string | undefined {
  if (typeof from === 'string') {
    return /\s/.test(from.trim()) ? from : undefined;
  }
  if (typeof from === 'object' && from !== null && !Array.isArray(from)) {
    refuseUnknown(from, ['query'], 'from.');
    return textOf((from as { query?: unknown }).query, 'from.query');
  }
  return undefined;
}

function delimitLine(delimit: unknown): string | undefined {
  return delimit === undefined
    ? undefined
    : `DELIMIT=${choiceOf(delimit, ['AUTO', 'ALWAYS', 'NEVER'], 'delimit')}`;
}

function booleanLine(form: unknown): string | undefined {
  if (form === undefined) {
    return undefined;
  }
  if (!/^[^/\s]+\/[^/\s]+$/.test(textOf(form, 'boolean'))) {
    throw new ExasolOptionError(
      'boolean',
      `must be two words for true and false, such as 'true/false', not ${shown(form)}`,
    );
  }
  return `BOOLEAN = ${literalSql(form as string)}`;
}

function existingLine(existing: unknown): string | undefined {
  return existing === undefined
    ? undefined
    : choiceOf(existing, ['REPLACE', 'TRUNCATE'], 'existing');
}
