import { ExasolOptionError } from '../errors.js';

/** A table: `'tab'`, `'sch.tab'`, or `['sch', 'tab']`, whose parts may hold any character if identifiers are quoted. */
export type TableName = string | readonly string[];

const BARE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * One name as SQL writes it. Bare names are checked and left alone (the database makes them upper-case); quoted ones keep every
 * character, with `"` doubled.
 * @param option what the name was given as, for the error
 * @throws ExasolOptionError
 */
export function identifierSql(name: unknown, quoted: boolean, option: string): string {
  if (typeof name !== 'string' || name === '') {
    throw new ExasolOptionError(option, 'a name must be text that is not empty');
  }
  if (quoted) {
    return `"${name.replaceAll('"', '""')}"`;
  }
  if (!BARE.test(name)) {
    throw new ExasolOptionError(
      option,
      `'${name}' is no plain name (letters, digits, underscores; no digit first). Set quoteIdentifiers to true to use it as it is written`,
    );
  }
  return name;
}

/**
 * A table's name as SQL writes it. Text with dots is split at them, but for quoted names, where a dot is a character like others.
 * @throws ExasolOptionError
 */
export function tableSql(table: unknown, quoted: boolean, option: string): string {
  if (typeof table === 'string') {
    const parts = quoted ? [table] : table.split('.');
    return parts.map((part) => identifierSql(part, quoted, option)).join('.');
  }
  if (!Array.isArray(table) || table.length === 0) {
    throw new ExasolOptionError(
      option,
      "a table must be a name, or the list of a name's parts: ['schema', 'table']",
    );
  }
  return table.map((part, i) => identifierSql(part, quoted, `${option}[${i}]`)).join('.');
}

/** A list of columns glued behind a table: `(a,b)`; nothing for none. @throws ExasolOptionError */
export function columnListSql(columns: unknown, quoted: boolean): string {
  if (columns === undefined) {
    return '';
  }
  if (!Array.isArray(columns)) {
    throw new ExasolOptionError('columns', 'must be a list of names');
  }
  const names = columns.map((name, i) => identifierSql(name, quoted, `columns[${i}]`));
  return names.length === 0 ? '' : `(${names.join(',')})`;
}

/** Text as a literal. Exasol knows one escape in it: `'` is doubled. A backslash is a character like others. */
export function literalSql(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
