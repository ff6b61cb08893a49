/** What surrounds tables and changes what statements mean: versions, settings, collations, types. */
import { askJson, type CatalogQuery } from './ask-json.js';

export interface Surroundings {
  /** By PostgreSQL's names. */
  readonly settings: Readonly<Record<string, string>>;
  /** Collations that columns of users have: provider, locale, determinism and version. */
  readonly collations: Readonly<Record<string, string>>;
  /** Labels of enums in their order, attributes of composites. */
  readonly types: Readonly<Record<string, string>>;
}

/** Settings that change what a statement answers, not only how fast. */
const SETTINGS = [
  'server_encoding',
  'TimeZone',
  'DateStyle',
  'IntervalStyle',
  'extra_float_digits',
  'search_path',
  'standard_conforming_strings',
  'backslash_quote',
  'transform_null_equals',
  'array_nulls',
  'bytea_output',
  'xmlbinary',
  'xmloption',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'default_text_search_config',
  'timezone_abbreviations',
  'icu_validation_level',
] as const;

const surroundingsSql = `select json_build_object(
  'settings', (
    select json_object_agg(name, setting) from pg_catalog.pg_settings where name in (${SETTINGS.map((name) => `'${name}'`).join(', ')})
  )::jsonb || (
    select jsonb_build_object(
      'server version', (current_setting('server_version_num')::int / 10000)::text,
      'default collation', concat_ws(' ', coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'), d.datcollate, d.datctype,
        to_jsonb(d) ->> 'daticulocale', to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticurules'),
      'version of the default collation', coalesce(to_jsonb(d) ->> 'datcollversion', 'none'))
    from pg_catalog.pg_database d where d.datname = current_database()),
  'collations', (
    select coalesce(json_object_agg(quote_ident(n.nspname) || '.' || quote_ident(l.collname), concat_ws(' ',
      l.collprovider, l.collcollate, to_jsonb(l) ->> 'colliculocale', to_jsonb(l) ->> 'colllocale',
      to_jsonb(l) ->> 'collicurules', case when l.collisdeterministic then 'deterministic' else 'nondeterministic' end,
      'version', coalesce(pg_catalog.pg_collation_actual_version(l.oid), 'none'))), '{}')
    from pg_catalog.pg_collation l join pg_catalog.pg_namespace n on n.oid = l.collnamespace
    where l.oid in (select attcollation from pg_catalog.pg_attribute where attrelid >= 16384 and attnum > 0)),
  'types', (
    select coalesce(json_object_agg(t.name, t.made_of), '{}') from (
      select quote_ident(n.nspname) || '.' || quote_ident(y.typname) as name, case y.typtype
        when 'e' then (
          select 'enum (' || coalesce(string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder), '') || ')'
          from pg_catalog.pg_enum e where e.enumtypid = y.oid)
        else (
          select 'composite (' || string_agg(quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod),
            ', ' order by a.attnum) || ')'
          from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) end as made_of
      from pg_catalog.pg_type y join pg_catalog.pg_namespace n on n.oid = y.typnamespace
        left join pg_catalog.pg_class c on c.oid = y.typrelid
      where y.oid >= 16384 and (y.typtype = 'e' or y.typtype = 'c' and c.relkind = 'c')
    ) t where t.made_of is not null))::text`;

/** @throws what `query` throws */
export function readSurroundings(query: CatalogQuery): Promise<Surroundings> {
  return askJson<Surroundings>(query, surroundingsSql);
}
