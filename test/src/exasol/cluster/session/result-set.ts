/** A query's result: counted on the server, read from a cursor in pieces, answered in columns. */

import type { SessionDatabase, TextRow } from '../postgres/session-database.js';
import { type Column, describeColumn, describeType } from '../sql/column-types.js';
import type { Json } from './json-writer.js';

/** Below this many rows a result is answered whole. */
const INLINE_ROWS = 1_000;

export class ResultSet {
  readonly columns: readonly Column[];
  readonly rowCount: number;
  readonly #database: SessionDatabase;
  readonly #cursor: string;
  readonly #first: readonly TextRow[];
  #position: number;

  private constructor(
    database: SessionDatabase,
    cursor: string,
    read: { columns: readonly Column[]; first: readonly TextRow[]; rowCount: number },
  ) {
    this.#database = database;
    this.#cursor = cursor;
    this.columns = read.columns;
    this.#first = read.first;
    this.#position = read.first.length;
    this.rowCount = read.rowCount;
  }

  /** Whether the rows come with the answer. */
  get inline(): boolean {
    return this.rowCount < INLINE_ROWS;
  }

  /**
   * Runs a query to its end, the rows staying on the server.
   *
   * @param most so many rows at most (`resultSetMaxRows`); 0 for all
   */
  static async open(
    database: SessionDatabase,
    cursor: string,
    query: {
      sql: string;
      names: (columns: number) => readonly (string | undefined)[];
      parameters?: readonly (string | null)[];
      most: number;
    },
  ): Promise<ResultSet> {
    const limit = query.most > 0 ? ` LIMIT ${query.most}` : '';
    const sql = limit === '' ? query.sql : `SELECT * FROM (${query.sql}) AS q${limit}`;
    await database.query(`DECLARE ${cursor} SCROLL CURSOR WITH HOLD FOR ${sql}`, query.parameters);
    // Runs the query into a store of the server's; else both counting and the end of the transaction would run it.
    if (database.autocommit) await database.commit();
    const first = await database.query(`FETCH FORWARD ${INLINE_ROWS} FROM ${cursor}`);
    let rowCount = first.rows.length;
    if (rowCount === INLINE_ROWS) {
      const moved = await database.query(`MOVE FORWARD ALL IN ${cursor}`);
      rowCount += moved.rowCount ?? 0;
      await database.query(`MOVE ABSOLUTE ${INLINE_ROWS} IN ${cursor}`);
    }
    const names = query.names(first.fields.length);
    const columns = first.fields.map((field, index) => {
      const column = describeColumn(field);
      const unknown = field.dataTypeID === 1700 && field.dataTypeModifier < 0;
      const whole = unknown && rowCount < INLINE_ROWS && wholeNumbers(first.rows, index);
      return {
        ...column,
        ...(whole ? describeType(20, -1) : {}),
        name: names[index] ?? column.name,
      };
    });
    const result = new ResultSet(database, cursor, { columns, first: first.rows, rowCount });
    if (result.inline) await database.query(`CLOSE ${cursor}`);
    return result;
  }

  /** Rows from `start` on, until they hold about so many bytes. */
  async page(start: number, bytes: number): Promise<TextRow[]> {
    const rows: TextRow[] = [];
    let size = 0;
    while (size < bytes && start + rows.length < this.rowCount) {
      const more = await this.#read(start + rows.length);
      for (const row of more) {
        if (size >= bytes && rows.length > 0) break;
        for (const value of row) size += 4 + (value?.length ?? 0);
        rows.push(row);
      }
    }
    return rows;
  }

  async #read(start: number): Promise<readonly TextRow[]> {
    if (start < this.#first.length) return this.#first.slice(start);
    if (start !== this.#position)
      await this.#database.query(`MOVE ABSOLUTE ${start} IN ${this.#cursor}`);
    const { rows } = await this.#database.query(`FETCH FORWARD 1000 FROM ${this.#cursor}`);
    this.#position = start + rows.length;
    return rows;
  }

  async close(): Promise<void> {
    if (!this.inline) await this.#database.query(`CLOSE ${this.#cursor}`).catch(() => undefined);
  }

  /** The rows as Exasol's `data`: a list a column. */
  data(rows: readonly TextRow[]): Json {
    return this.columns.map((column, index) =>
      rows.map((row) => {
        const value = row[index];
        const text = value === null || value === undefined ? undefined : column.text(value);
        return text === undefined ? null : column.json(text);
      }),
    );
  }

  header(): Json {
    return this.columns.map(({ name, dataType }) => ({ name, dataType }));
  }
}

/** Of sums and the like PostgreSQL does not know precision and scale. */
const wholeNumbers = (rows: readonly TextRow[], index: number): boolean =>
  rows.every((row) => /^-?\d{1,18}$/.test(row[index] ?? '0'));
