/** Errors for people: what is wrong, where, and what to do. */
import {
  CancelledError,
  ConfigurationError,
  MillraceError,
  SqlError,
  UnsupportedError,
} from '@millrace/engine';
import pc from 'picocolors';
import { printable } from './printable.js';
import { sqlExcerpt } from './sql-excerpt.js';

export interface ErrorTextOptions {
  /** The statement, once it is known. */
  readonly sql: string | undefined;
  readonly fancy: boolean;
}

/** Lines, without the last line's end. */
export function errorText(error: unknown, { sql, fancy }: ErrorTextOptions): string {
  const colours = pc.createColors(fancy);
  const [first = '', ...details] = describe(error, sql);
  return [`${colours.red(colours.bold('error:'))} ${first}`, ...details].join('\n');
}

function describe(error: unknown, sql: string | undefined): string[] {
  if (error instanceof SqlError) return describeSqlError(error, sql);
  if (error instanceof UnsupportedError) {
    return [
      printable(error.message),
      ...excerpt(sql, error.position),
      ...labelled('clause', error.clause),
      ...labelled('hint', asFlags(error.hint)),
    ];
  }
  if (error instanceof ConfigurationError) return describeConfigurationError(error);
  if (error instanceof CancelledError && error.cause instanceof Error) {
    return [`Cancelled: ${printable(error.cause.message)}`];
  }
  if (error instanceof MillraceError) return [printable(error.message)];
  // Ours: whoever reports it needs the stack.
  return [printable((error instanceof Error && error.stack) || String(error))];
}

function describeSqlError(error: SqlError, sql: string | undefined): string[] {
  const where = error.shard === undefined ? error.code : `${error.code}, said by ${error.shard}`;
  const position = error.position === undefined ? undefined : Number(error.position);
  return [
    `${printable(error.message)} (${printable(where)})`,
    ...excerpt(sql, position),
    ...labelled('detail', error.detail),
    ...labelled('hint', error.hint),
    ...labelled('context', error.where),
  ];
}

/** The engine speaks of its options: how to write them here is said after it. */
function asFlags(text: string): string {
  return text.includes("mode: 'union'") ? `${text} (here: --mode union)` : text;
}

function describeConfigurationError({ message }: ConfigurationError): string[] {
  const isOfTables = /\b(tables|unlisted)\b/.test(message) && !message.includes('--table');
  const hint =
    'on the command line: --table name=column (its shard key), --table name=replicated, or --unlisted replicated';
  return [printable(message), ...labelled('hint', isOfTables ? hint : undefined)];
}

function excerpt(sql: string | undefined, position: number | undefined): string[] {
  if (sql === undefined || position === undefined) return [];
  return sqlExcerpt(sql, position)?.split('\n') ?? [];
}

function labelled(label: string, text: string | undefined): string[] {
  return text ? [`${label}: ${printable(text)}`] : [];
}
