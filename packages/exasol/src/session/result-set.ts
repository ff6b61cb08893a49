import { ExasolOptionError, ExasolProtocolError } from '../errors.js';
import type { CellReader, ExasolValue } from '../types/cell-values.js';
import type { CommandOptions, CommandQueue } from './command-queue.js';
import { countOf, type ExasolColumn, type ResultHeader, readCells } from './protocol.js';

/** A row: one value for each column, in order. */
export type ExasolRow = readonly ExasolValue[];

/** Some rows of a result, column by column. */
export interface ResultPage {
  readonly rowCount: number;
  /** One list of `rowCount` values for each column. */
  readonly columns: readonly (readonly ExasolValue[])[];
}

/**
 * The rows of a statement. They are fetched a page at a time while they are read, one page ahead, so a result of any size takes two
 * pages of memory. Rows can be read once. One that is not read to its end wants `close()`, or the server keeps it until the
 * session ends; leaving a loop early does that by itself.
 */
export class ResultSet implements AsyncIterable<ExasolRow> {
  readonly kind = 'resultSet';
  readonly columns: readonly ExasolColumn[];
  /** Rows of the whole result. */
  readonly rowCount: number;

  readonly #queue: CommandQueue;
  readonly #readers: readonly CellReader[];
  readonly #fetchBytes: number;
  readonly #first: ResultPage;
  #handle: bigint | undefined;
  #started = false;

  constructor(
    header: Extract<ResultHeader, { kind: 'resultSet' }>,
    queue: CommandQueue,
    fetchBytes: number,
  ) {
    this.columns = header.columns;
    this.rowCount = header.rowCount;
    this.#queue = queue;
    this.#readers = header.readers;
    this.#fetchBytes = fetchBytes;
    this.#first = this.#pageOf(header.first, header.firstRows);
    this.#handle = header.handle;
  }

  /** The rows, one after the other. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ExasolRow, void, undefined> {
    for await (const { rowCount, columns } of this.pages()) {
      for (let i = 0; i < rowCount; i++) {
        yield columns.map((column) => column[i] as ExasolValue);
      }
    }
  }

  /** All rows at once. Mind their number: `rowCount`. */
  async rows(options: CommandOptions = {}): Promise<readonly ExasolRow[]> {
    const rows: ExasolRow[] = [];
    for await (const { rowCount, columns } of this.pages(options)) {
      for (let i = 0; i < rowCount; i++) {
        rows.push(columns.map((column) => column[i] as ExasolValue));
      }
    }
    return rows;
  }

  /**
   * The rows as they travel: page by page, column by column.
   * @throws ExasolProtocolError if the server sends fewer or more rows than it said; ExasolOptionError at a second reading
   */
  async *pages(options: CommandOptions = {}): AsyncGenerator<ResultPage, void, undefined> {
    if (this.#started) {
      throw new ExasolOptionError('result', 'its rows have been read, or closed, before');
    }
    this.#started = true;
    let next: Promise<ResultPage> | undefined;
    try {
      let seen = this.#first.rowCount;
      next = this.#fetchFrom(seen, options);
      if (seen > 0) {
        yield this.#first;
      }
      while (next !== undefined) {
        const page = await next;
        seen += page.rowCount;
        next = this.#fetchFrom(seen, options);
        yield page;
      }
    } finally {
      next?.catch(() => undefined);
      await this.#closeHandle();
    }
  }

  /** Lets the server forget the rows. Nothing happens if it has, or if the session is closed. */
  async close(): Promise<void> {
    this.#started = true;
    await this.#closeHandle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The page at a row; undefined at the end. */
  #fetchFrom(row: number, options: CommandOptions): Promise<ResultPage> | undefined {
    if (row === this.rowCount || this.#handle === undefined) {
      return undefined;
    }
    const page = this.#fetch(this.#handle, row, options);
    // Its failure is told when the page is asked for.
    page.catch(() => undefined);
    return page;
  }

  async #fetch(handle: bigint, row: number, options: CommandOptions): Promise<ResultPage> {
    const { data } = await this.#queue.send(
      {
        command: 'fetch',
        resultSetHandle: handle,
        startPosition: row,
        numBytes: this.#fetchBytes,
      },
      options,
    );
    return this.#queue.read(() => {
      const rows = countOf(data.numRows);
      if (rows === 0 || row + rows > this.rowCount) {
        throw new ExasolProtocolError(
          `a page of ${rows} rows came at row ${row} of a result of ${this.rowCount}`,
        );
      }
      return this.#pageOf(readCells(data.data, this.columns.length, rows), rows);
    });
  }

  #pageOf(cells: readonly unknown[][], rowCount: number): ResultPage {
    return {
      rowCount,
      columns: this.#readers.map((read, i) => read(cells[i] as unknown[])),
    };
  }

  /** What a close has to say is nobody's concern any more: the rows are read, or the session is lost. */
  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    if (handle !== undefined) {
      this.#handle = undefined;
      await this.#queue
        .send({ command: 'closeResultSet', resultSetHandles: [handle] })
        .catch(() => undefined);
    }
  }
}
