/**
 * The metadata commands that clients use, as queries of the system views: they answer as a statement would. Patterns are LIKE's;
 * one that is not given fits everything. Beside NAME, SCHEMA and TYPE, which pyexasol reads, the columns are after the documents.
 */
import { listOf, type Request, textOf } from './request.js';

export interface MetadataQuery {
  /** In PostgreSQL's dialect. */
  readonly sql: string;
  readonly parameters: readonly string[];
}

const SCHEMAS = `SELECT schema_name AS name, schema_owner AS owner, schema_comment AS comment FROM sys.exa_all_schemas
  UNION ALL SELECT s, 'SYS', NULL FROM (VALUES ('SYS'::varchar(128)), ('EXA_STATISTICS')) AS v (s)`;

const TABLES = `SELECT table_name AS name, table_schema AS schema, 'TABLE'::varchar(128) AS type, table_owner AS owner,
    table_comment AS comment FROM sys.exa_all_tables
  UNION ALL SELECT view_name, view_schema, 'VIEW', view_owner, view_comment FROM sys.exa_all_views`;

const COLUMNS = `SELECT column_name AS name, column_schema AS schema, column_table AS "table", column_type AS type,
    column_ordinal_position AS ordinal_position, column_is_nullable AS is_nullable FROM sys.exa_all_columns`;

/** Undefined for a command that is none of these. */
export function metadataQuery(request: Request): MetadataQuery | undefined {
  const pattern = (field: string): string => textOf(request, field) || '%';
  const schema = pattern('schema');
  switch (textOf(request, 'command')) {
    case 'getSchemas':
      return {
        sql: `SELECT * FROM (${SCHEMAS}) AS q WHERE name LIKE $1 ORDER BY name`,
        parameters: [schema],
      };
    case 'getTables': {
      const types = listOf<string>(request, 'tableTypes');
      return {
        sql: `SELECT * FROM (${TABLES}) AS q WHERE schema LIKE $1 AND name LIKE $2
          AND ($3 = '' OR type = ANY (string_to_array($3, ','))) ORDER BY schema, name`,
        parameters: [schema, pattern('table'), types.join(',')],
      };
    }
    case 'getColumns':
      return {
        sql: `SELECT * FROM (${COLUMNS}) AS q WHERE schema LIKE $1 AND "table" LIKE $2 AND name LIKE $3
          ORDER BY schema, "table", ordinal_position`,
        parameters: [schema, pattern('table'), pattern('column')],
      };
    default:
      return undefined;
  }
}
