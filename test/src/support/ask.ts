/** Asking servers directly, by `pg`: the truth that answers are compared with. */
import pg from 'pg';

/** One statement on a connection of its own. */
export function ask(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<pg.QueryResult<Record<string, unknown>>> {
  return withClient(url, (client) =>
    values.length === 0 ? client.query(sql) : client.query(sql, [...values]),
  );
}

/** The rows of one statement, as arrays. */
export async function askArrays(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<unknown[][]> {
  const result = await withClient(url, (client) =>
    client.query<unknown[]>({ text: sql, values: [...values], rowMode: 'array' }),
  );
  return result.rows;
}

/** The same commands on every server; answers in their order. */
export function askAll(
  urls: readonly string[],
  sql: string | ((index: number) => string),
): Promise<pg.QueryResult<Record<string, unknown>>[]> {
  return Promise.all(
    urls.map((url, index) => ask(url, typeof sql === 'string' ? sql : sql(index))),
  );
}

/** Lends a connection that is closed afterwards, whatever happens. */
export async function withClient<Result>(
  url: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  // A server that is killed while a test holds a connection to it ends the test, not the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
