/** What ANALYZE found in a table's columns: for estimates, which no answer may hang on. */
import { textLiteral } from '@millrace/postgres';
import { askJson, type CatalogQuery } from './ask-json.js';
import type { CatalogRelation } from './catalog.js';

/** Of one column, on the shard that was asked. */
export interface ColumnStatistics {
  /** Different values; where negative, minus their share of the rows (`pg_stats.n_distinct`). */
  readonly distinct: number;
  /** Shares of the rows that the most frequent values have, the highest first. */
  readonly frequencies: readonly number[];
  /** Mean bytes of a value. */
  readonly width: number;
}

/**
 * Statistics of some columns of a table; those that were never analyzed, or may not be read, are left out.
 *
 * @throws what `query` throws
 */
export async function readColumnStatistics(
  query: CatalogQuery,
  { oid }: Pick<CatalogRelation, 'oid'>,
  columns: readonly string[],
): Promise<ReadonlyMap<string, ColumnStatistics>> {
  const names = columns.map(textLiteral).join(', ');
  // Of a partitioned table, or one with children, those of all rows are meant.
  const sql = `select coalesce(json_object_agg(f.attname, json_build_array(f.n_distinct, f.shares, f.avg_width)), '{}')::text from (
  select distinct on (s.attname) s.attname, s.n_distinct, s.most_common_freqs as shares, s.avg_width
  from pg_catalog.pg_stats s, pg_catalog.pg_class c, pg_catalog.pg_namespace n
  where c.oid = ${oid} and n.oid = c.relnamespace and s.schemaname = n.nspname and s.tablename = c.relname
    and s.attname in (${names})
  order by s.attname, s.inherited desc) f`;
  const answer = await askJson<Record<string, [number, number[] | null, number]>>(query, sql);
  return new Map(
    Object.entries(answer).map(([name, [distinct, shares, width]]) => [
      name,
      { distinct, frequencies: shares ?? [], width },
    ]),
  );
}

/**
 * Rows that PostgreSQL expects of a statement.
 *
 * @throws what `query` throws
 */
export async function estimateRows(query: CatalogQuery, sql: string): Promise<number> {
  const rows = await query(`explain (format text, costs on) ${sql}`);
  const [, count] = /\brows=(\d+)/.exec(String(rows[0]?.[0])) ?? [];
  return Number(count ?? 0);
}
