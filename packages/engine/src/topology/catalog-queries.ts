/**
 * The statements that read a catalog, and what they answer: one row of one JSON text, tuples for whatever is numerous.
 *
 * Names in view definitions and types are written as the search_path of the moment asks for; so it is empty while they
 * are read, and as before afterwards. Columns that only some server versions have are looked up in a row's JSON.
 */

/** One relation: `relkind` as in pg_class, primary key as column names, partition parent as schema and name. */
export type RelationRow = readonly [
  oid: number,
  schema: string,
  name: string,
  relkind: string,
  rows: number,
  primaryKey: readonly string[] | null,
  partitionOf: readonly [schema: string, name: string] | null,
  definition: string | null,
  columns: readonly ColumnRow[] | null,
];

export type ColumnRow = readonly [
  name: string,
  typeOid: number,
  typeName: string,
  internalType: string,
  typeModifier: number,
  collationOid: number,
  notNull: boolean,
  generated: boolean,
];

/** A domain, and the type it is made of (another domain, perhaps). */
export type DomainRow = readonly [
  oid: number,
  baseOid: number,
  baseInternalType: string,
  baseModifier: number,
];

/** A collation that some column has. */
export type CollationRow = readonly [
  oid: number,
  schema: string,
  name: string,
  deterministic: boolean,
  locale: Locale,
];

/** All functions of one name in one schema; `flags`: worst volatility (`i`, `s`, `v`), then a letter for each property. */
export type FunctionRow = readonly [schema: string, name: string, flags: string];

/** What decides how texts compare. */
export interface Locale {
  /** `c` libc, `i` ICU, `b` builtin, `d` the database's; null before PostgreSQL 15, for a database: libc. */
  readonly provider: string | null;
  /** `LC_COLLATE`; counts for libc only. */
  readonly collate: string | null;
  /** The encoding of the database. */
  readonly encoding: string;
}

export interface CatalogAnswer {
  readonly relations: readonly RelationRow[];
  readonly domains: readonly DomainRow[];
  readonly collations: readonly CollationRow[];
  readonly functions: readonly FunctionRow[];
}

export interface StateAnswer {
  readonly version: number;
  /** The text of `version()`, and the number of a type that is made last: other collations of the host shift it. */
  readonly build: string;
  readonly searchPath: readonly string[];
  readonly database: Locale;
  readonly objects: CatalogAnswer;
}

/** What came with PostgreSQL; see `FirstNormalObjectId`. */
export const builtinsSql: string = underEmptySearchPath(objectsSql('< 16384', { views: false }));

/** The state of the session and of the database, and what users made. */
export const stateSql: string = underEmptySearchPath(`json_build_object(
  'version', current_setting('server_version_num')::int,
  'build', version() || ' ' || coalesce(to_regtype('information_schema.sql_identifier')::oid, 0),
  'searchPath', quiet.schemas,
  'database', (
    select json_build_object(
      'provider', to_jsonb(d) ->> 'datlocprovider', 'collate', d.datcollate, 'encoding', getdatabaseencoding())
    from pg_catalog.pg_database d where d.datname = current_database()),
  'objects', ${objectsSql('>= 16384', { views: true })})`);

/**
 * The search_path is set until the transaction ends, and set back here in case it is not this statement's own. `quiet.done`
 * stands in every part that depends on it: a CTE's row is not there before its columns are computed.
 */
function underEmptySearchPath(answer: string): string {
  return `with before as materialized (
  select current_setting('search_path') as path, array_to_json(current_schemas(true)) as schemas
), quiet as materialized (
  select path, schemas, set_config('search_path', '', true) as done from before
), answer as materialized (
  select ${answer}::text as text from quiet
)
select answer.text, set_config('search_path', quiet.path, true) from answer, quiet`;
}

function objectsSql(oids: '< 16384' | '>= 16384', { views }: { views: boolean }): string {
  const definition = views
    ? `case when c.relkind in ('v', 'm') and quiet.done = '' then pg_catalog.pg_get_viewdef(c.oid) end`
    : 'null::text';
  return `json_build_object(
  'relations', ${relationsSql(oids, definition)},
  'domains', (
    select coalesce(json_agg(json_build_array(d.oid::int8, b.oid::int8, b.typname, d.typtypmod)), '[]')
    from pg_catalog.pg_type d join pg_catalog.pg_type b on b.oid = d.typbasetype
    where d.typtype = 'd'),
  'collations', (
    select coalesce(json_agg(json_build_array(
      l.oid::int8, n.nspname, l.collname, coalesce((to_jsonb(l) ->> 'collisdeterministic')::bool, true),
      json_build_object('provider', l.collprovider, 'collate', l.collcollate, 'encoding', getdatabaseencoding()))), '[]')
    from pg_catalog.pg_collation l join pg_catalog.pg_namespace n on n.oid = l.collnamespace
    where l.oid in (select a.attcollation from pg_catalog.pg_attribute a where a.attrelid ${oids} and a.attnum > 0)),
  'functions', (
    select coalesce(json_agg(json_build_array(n.nspname, f.proname, f.flags)), '[]')
    from (
      select p.pronamespace, p.proname,
        case when bool_or(p.provolatile = 'v') then 'v' when bool_or(p.provolatile = 's') then 's' else 'i' end
        || case when bool_or(p.prokind = 'a') then 'a' else '' end || case when bool_or(p.prokind = 'w') then 'w' else '' end
        || case when bool_or(p.proretset) then 'r' else '' end || case when bool_and(p.proisstrict) then 't' else '' end
        ${views ? `|| 'u'` : ''} as flags
      from pg_catalog.pg_proc p where p.oid ${oids} and p.prokind <> 'p' group by p.pronamespace, p.proname
    ) f join pg_catalog.pg_namespace n on n.oid = f.pronamespace))`;
}

function relationsSql(oids: string, definition: string): string {
  return `(
    select coalesce(json_agg(json_build_array(
      c.oid::int8, n.nspname, c.relname, c.relkind, c.reltuples,
      (select json_agg(a.attname order by k.place)
       from pg_catalog.pg_index i, unnest(i.indkey::int2[]) with ordinality k(attnum, place), pg_catalog.pg_attribute a
       where i.indrelid = c.oid and i.indisprimary and i.indimmediate and k.place <= i.indnkeyatts
         and a.attrelid = c.oid and a.attnum = k.attnum),
      case when c.relispartition then (
        select json_build_array(pn.nspname, p.relname)
        from pg_catalog.pg_inherits h join pg_catalog.pg_class p on p.oid = h.inhparent
          join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
        where h.inhrelid = c.oid) end,
      ${definition},
      (select json_agg(json_build_array(
         a.attname, a.atttypid::int8, pg_catalog.format_type(a.atttypid, a.atttypmod), t.typname, a.atttypmod,
         a.attcollation::int8,
         a.attnotnull and not exists (
           select from pg_catalog.pg_constraint k
           where k.conrelid = c.oid and k.contype = 'n' and not k.convalidated and k.conkey[1] = a.attnum),
         a.attgenerated <> '') order by a.attnum)
       from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and quiet.done = ''))), '[]')
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'v', 'm', 'f', 'p', 'S') and c.relpersistence <> 't' and c.oid ${oids}
      and n.nspname <> 'pg_toast')`;
}
