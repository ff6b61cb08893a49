/** Runs one statement on a shard and gives its rows, values as PostgreSQL's text. */
export type CatalogQuery = (sql: string) => Promise<unknown[][]>;

/**
 * Asks for one JSON text: the first value of the first row.
 *
 * @throws what `query` throws
 */
export async function askJson<T>(query: CatalogQuery, sql: string): Promise<T> {
  const [row] = await query(sql);
  return JSON.parse(String(row?.[0])) as T;
}
