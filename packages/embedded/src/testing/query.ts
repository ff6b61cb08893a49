// biome-ignore lint/style/noRestrictedImports: a test needs some client; the package itself has none.
import pg from 'pg';

/** One statement on a connection of its own; the rows as arrays. */
export async function query(url: string, sql: string): Promise<unknown[][]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}
