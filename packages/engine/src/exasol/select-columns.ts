import { identifierSql, type TableName, tableSql } from '@millrace/exasol';

/**
 * A statement that tells the columns of a table, when it is prepared.
 *
 * @param columns some of them; none or undefined: all
 * @param option names the table in errors
 * @throws ExasolOptionError
 */
export function selectColumns(
  table: TableName,
  columns: readonly string[] | undefined,
  quoteIdentifiers: boolean,
  option: string,
): string {
  const list = columns?.map((name, i) => identifierSql(name, quoteIdentifiers, `columns[${i}]`));
  const what = list === undefined || list.length === 0 ? '*' : list.join(', ');
  return `SELECT ${what} FROM ${tableSql(table, quoteIdentifiers, option)}`;
}
