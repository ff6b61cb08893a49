import { Batch } from '@millrace/batch';
import { type PostgresConnection, ResultReader } from '@millrace/postgres';

/** Reads a small result whole, for questions of our own to a server's catalog. Columns must be text. */
export async function readTexts(
  connection: PostgresConnection,
  sql: string,
): Promise<(string | null)[][]> {
  const description = await connection.describe(sql);
  const reader = new ResultReader(description.columns, { maxRows: 1024, maxBytes: 1 << 20 });
  const rows: (string | null)[][] = [];
  const sink = {
    ready: (): boolean => true,
    put: (buffer: SharedArrayBuffer): void => {
      const { vectors, rowCount } = new Batch(reader.schema, buffer);
      for (let row = 0; row < rowCount; row++)
        rows.push(vectors.map((vector) => vector.at(row) as string | null));
    },
    source: (byteLength: number): SharedArrayBuffer => new SharedArrayBuffer(byteLength),
  };
  await connection.run({ sql, parameters: [], description, reader, sink });
  return rows;
}
