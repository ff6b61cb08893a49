/** The statement that a command is about: its text, and the values of its parameters. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { ConfigurationError } from '@millrace/engine';
import type { Surroundings } from '../surroundings.js';

export interface StatementText {
  readonly sql: string;
  /** Values of `$1`, `$2`, … as texts, which the server reads by the parameter's type. */
  readonly parameters: readonly string[];
}

/**
 * Reads the statement: the first word, or standard input where that is `-`, or the file (also `-`); what follows are parameters.
 *
 * @throws ConfigurationError where there is no statement, or its file cannot be read
 */
export async function readStatement(
  words: readonly string[],
  file: string | undefined,
  { stdin, directory }: Pick<Surroundings, 'stdin' | 'directory'>,
): Promise<StatementText> {
  const [first, ...others] = words;
  const source = file ?? first;
  if (source === undefined) {
    throw new ConfigurationError(
      'No statement: write it in quotes, or --file query.sql, or - to read it from standard input',
    );
  }
  const parameters = file === undefined ? others : words;
  const sql = await readSql(source, { isFile: file !== undefined, stdin, directory });
  if (sql.trim() === '') throw new ConfigurationError('The statement is empty');
  return { sql, parameters };
}

interface SqlSource extends Pick<Surroundings, 'stdin' | 'directory'> {
  readonly isFile: boolean;
}

async function readSql(source: string, { isFile, stdin, directory }: SqlSource): Promise<string> {
  if (source === '-') return withoutMark(await text(stdin));
  if (!isFile) return source;
  try {
    return withoutMark(await readFile(resolve(directory, source), 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`--file ${source} cannot be read: ${reason}`, { cause });
  }
}

/** Editors put a byte order mark before a text, which PostgreSQL takes for a word. */
function withoutMark(sql: string): string {
  return sql.replace(/^\uFEFF/, '');
}
