import pg from 'pg';
import type { SqlRow, SqlSession } from './sql-contender.js';

/** One server that answers the statement by itself, asked with `pg`. */
export async function openServer(url: string, settings: readonly string[]): Promise<SqlSession> {
  const client = new pg.Client(url);
  await client.connect();
  for (const setting of settings) await client.query(setting);
  // The first statement over foreign tables opens the connections to their servers.
  await client.query('select * from events limit 0');
  return {
    async answer({ sql }) {
      const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
      return { rows: rows satisfies readonly SqlRow[], rowCount: rows.length };
    },
    close: () => client.end(),
  };
}
