/**
 * IMPORT … ERRORS INTO: the rows that are passed over, in a table that is made when it is missing. Of its columns only their
 * sense is known from the documents, not their names.
 */
import type { SessionDatabase } from '../postgres/session-database.js';
import type { ErrorTable } from '../sql/transport-statement.js';
import type { Origin } from './row-trouble.js';

interface RejectedRow {
  readonly file: string;
  /** From 0. */
  readonly row: number;
  readonly message: string;
}

const SKIPPED =
  /^skipping row due to data type incompatibility at line (\d+) for column "([^"]*)"(?:: ([\s\S]*))?$/;

export class RejectedRows {
  readonly #database: SessionDatabase;
  readonly #rows: RejectedRow[] = [];
  readonly #skipped: { readonly line: number; readonly message: string }[] = [];
  readonly #onNotice = (notice: { readonly message?: string | undefined }): void => {
    const [, line, column = '', value = 'NULL'] = SKIPPED.exec(notice.message ?? '') ?? [];
    if (line === undefined) return;
    const message = `[Column=${column.toUpperCase()}] [Transformation of value=${value} failed]`;
    this.#skipped.push({ line: Number(line), message });
  };

  constructor(database: SessionDatabase) {
    this.#database = database;
  }

  /** PostgreSQL tells of what it passes over by notices. */
  async listen(): Promise<void> {
    await this.#database.query("SET LOCAL client_min_messages = 'notice'");
    this.#database.client.on('notice', this.#onNotice);
  }

  stop(): void {
    this.#database.client.off('notice', this.#onNotice);
  }

  add(row: RejectedRow): void {
    this.#rows.push(row);
  }

  /** @param table its name as PostgreSQL takes it */
  async store(table: string, mode: ErrorTable['mode'], origins: readonly Origin[]): Promise<void> {
    if (mode === 'replace') await this.#database.query(`DROP TABLE IF EXISTS ${table}`);
    await this.#database.query(
      `CREATE TABLE IF NOT EXISTS ${table} (file_name varchar(200), row_number numeric(18,0), error_message varchar(2000))`,
    );
    if (mode === 'truncate') await this.#database.query(`DELETE FROM ${table}`);
    const skipped = this.#skipped.map(({ line, message }): RejectedRow => {
      const origin = origins.findLast(({ first }) => first <= line);
      const row = (origin?.row ?? 0) + line - (origin?.first ?? 1);
      return { file: origin?.file.name ?? '', row, message };
    });
    for (const { file, row, message } of [...this.#rows, ...skipped])
      await this.#database.query(`INSERT INTO ${table} VALUES ($1, $2, $3)`, [
        file,
        String(row),
        message,
      ]);
  }
}
