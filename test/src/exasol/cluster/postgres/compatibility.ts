/**
 * System objects that Exasol's clients ask for, in the schema SYS. Names swap their case on the way in and out (see names.ts),
 * so `pg_catalog`'s small names are turned by `sys.name`.
 */
export const COMPATIBILITY: string = `
DROP SCHEMA public;
CREATE SCHEMA sys;
CREATE TABLE sys.dual (dummy varchar(1));
INSERT INTO sys.dual VALUES (NULL);
CREATE TABLE sys.scripts (script_schema varchar(128), script_name varchar(128), script_text varchar(2000000));

CREATE FUNCTION sys."$sleep" (seconds numeric) RETURNS numeric LANGUAGE sql VOLATILE
  AS 'SELECT seconds FROM pg_sleep(seconds::float8)';

CREATE FUNCTION sys.name (n text) RETURNS varchar(128) LANGUAGE sql IMMUTABLE
  AS 'SELECT (CASE n WHEN lower(n) THEN upper(n) WHEN upper(n) THEN lower(n) ELSE n END)::varchar(128)';

CREATE FUNCTION sys.type_name (t text) RETURNS varchar(128) LANGUAGE sql IMMUTABLE
  AS $f$SELECT (CASE
    WHEN t ~ '^character varying' THEN 'VARCHAR' || substring(t FROM '\\(\\d+\\)') || ' UTF8'
    WHEN t ~ '^character' THEN 'CHAR' || substring(t FROM '\\(\\d+\\)') || ' UTF8'
    WHEN t = 'uuid' THEN 'HASHTYPE(16 BYTE)'
    WHEN t ~ ' with time zone$' THEN 'TIMESTAMP WITH LOCAL TIME ZONE'
    ELSE upper(replace(replace(replace(t, 'numeric', 'decimal'), ' precision', ''), ' without time zone', ''))
  END)::varchar(128)$f$;

CREATE VIEW sys.exa_all_schemas AS
  SELECT sys.name(nspname) AS schema_name, 'SYS'::varchar(128) AS schema_owner,
    obj_description(oid, 'pg_namespace')::varchar(2000) AS schema_comment
  FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|sys$)';
CREATE VIEW sys.exa_schemas AS SELECT * FROM sys.exa_all_schemas;

CREATE VIEW sys.exa_all_tables AS
  SELECT sys.name(n.nspname) AS table_schema, sys.name(c.relname) AS table_name, 'SYS'::varchar(128) AS table_owner,
    c.reltuples::numeric(18,0) AS table_row_count, obj_description(c.oid, 'pg_class')::varchar(2000) AS table_comment
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema|sys$)';

CREATE VIEW sys.exa_all_views AS
  SELECT sys.name(n.nspname) AS view_schema, sys.name(c.relname) AS view_name, 'SYS'::varchar(128) AS view_owner,
    pg_get_viewdef(c.oid)::varchar(2000000) AS view_text, obj_description(c.oid, 'pg_class')::varchar(2000) AS view_comment
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'v' AND n.nspname !~ '^(pg_|information_schema|sys$)';

CREATE VIEW sys.exa_all_columns AS
  SELECT sys.name(n.nspname) AS column_schema, sys.name(c.relname) AS column_table,
    (CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END)::varchar(128) AS column_object_type,
    sys.name(a.attname) AS column_name, sys.type_name(format_type(a.atttypid, a.atttypmod)) AS column_type,
    a.attnum::numeric(9,0) AS column_ordinal_position, NOT a.attnotnull AS column_is_nullable
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
    AND n.nspname !~ '^(pg_|information_schema|sys$)';

CREATE VIEW sys.exa_all_scripts AS SELECT * FROM sys.scripts;
CREATE VIEW sys.exa_all_objects AS
  SELECT table_schema AS root_name, table_name AS object_name, 'TABLE'::varchar(128) AS object_type FROM sys.exa_all_tables
  UNION ALL SELECT view_schema, view_name, 'VIEW' FROM sys.exa_all_views;
`;
