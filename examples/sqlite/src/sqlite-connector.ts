/** A connector for SQLite, by sql.js: what a worker thread imports to have a connection to a database file. */
import { readFile, writeFile } from 'node:fs/promises';
import type { ConnectorConnection, ConnectorField, ConnectorRows } from '@millrace/engine';
import initSqlJs, { type BindParams, type Database } from 'sql.js';

/** Rows that travel together to the other thread. */
const CHUNK_ROWS = 500;

/**
 * Opens a database file. sql.js has all of it in memory: a commit writes the file.
 *
 * @param dsn the file's path
 */
// biome-ignore lint/style/noDefaultExport: a connector module connects by its default export.
export default async function connect(dsn: string): Promise<ConnectorConnection> {
  const { Database } = await initSqlJs();
  return new SqliteConnection(new Database(await readFile(dsn)), dsn);
}

class SqliteConnection implements ConnectorConnection {
  readonly #database: Database;
  readonly #path: string;
  #inTransaction = false;

  constructor(database: Database, path: string) {
    this.#database = database;
    this.#path = path;
  }

  /** @param parameters values of `?` in their order, or an object of `:name` */
  query(sql: string, parameters: unknown): ConnectorRows {
    if (!this.#inTransaction) this.#database.run('BEGIN');
    this.#inTransaction = true;
    return new SqliteRows(this.#database, sql, parameters as BindParams);
  }

  async commit(): Promise<void> {
    if (!this.#inTransaction) return;
    this.#database.run('COMMIT');
    this.#inTransaction = false;
    await writeFile(this.#path, this.#database.export());
  }

  rollback(): void {
    if (this.#inTransaction) this.#database.run('ROLLBACK');
    this.#inTransaction = false;
  }

  close(): void {
    this.#database.close();
  }
}

class SqliteRows implements ConnectorRows {
  fields: ConnectorField[] | null = null;
  rowCount = 0;
  readonly #database: Database;
  readonly #sql: string;
  readonly #parameters: BindParams;

  constructor(database: Database, sql: string, parameters: BindParams) {
    this.#database = database;
    this.#sql = sql;
    this.#parameters = parameters;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown[][], void, undefined> {
    const statement = this.#database.prepare(this.#sql, this.#parameters);
    try {
      const names = statement.getColumnNames();
      if (names.length > 0) this.fields = names.map((name) => ({ name }));
      let rows: unknown[][] = [];
      while (statement.step()) {
        rows.push(statement.get());
        if (rows.length < CHUNK_ROWS) continue;
        yield rows;
        rows = [];
      }
      if (rows.length > 0) yield rows;
      this.rowCount = this.#database.getRowsModified();
    } finally {
      statement.free();
    }
  }
}
