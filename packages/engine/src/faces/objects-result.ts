import type { Row } from '../result/row-assembler.js';
import type { CursorColumn, LinkResult } from './parallel-link.js';

/** What of a connection object's cursor its rows come by. */
export interface RowFetcher {
  fetchone(): unknown;
  fetchall(): unknown;
  readonly description?: unknown;
  readonly rowcount?: unknown;
}

/** Fetches from each cursor at the same time; an error names the shard. */
export type FetchEverywhere = (
  fetch: (cursor: RowFetcher, index: number) => unknown,
) => Promise<unknown[]>;

/** Rows of connection objects' cursors, one connection after the other; each is asked for a row ahead of its turn. */
export class ObjectsResult implements LinkResult {
  readonly columns: readonly CursorColumn[] | null;
  readonly rowcount: number;
  readonly #everywhere: FetchEverywhere;
  /** The next row of each cursor: undefined until it is fetched, null after the last. */
  readonly #ahead: (Row | null | undefined)[];

  constructor(cursors: readonly RowFetcher[], everywhere: FetchEverywhere) {
    this.#everywhere = everywhere;
    this.#ahead = cursors.map(() => undefined);
    this.columns = readDescription(cursors[0]?.description);
    const counts = cursors.map(({ rowcount }) => rowcount);
    const isKnown = counts.every((count) => typeof count === 'number' && count >= 0);
    this.rowcount = isKnown ? counts.reduce((sum: number, count) => sum + Number(count), 0) : -1;
  }

  async next(): Promise<Row[] | undefined> {
    const ahead = this.#ahead;
    const turn = ahead.findIndex((row) => row !== null);
    if (turn < 0) return undefined;
    if (ahead[turn] === undefined) {
      const fetched = await this.#everywhere((cursor, i) =>
        ahead[i] === undefined ? cursor.fetchone() : ahead[i],
      );
      fetched.forEach((row, i) => {
        ahead[i] = (row ?? null) as Row | null;
      });
    }
    const row = ahead[turn];
    if (row === null) return this.next();
    ahead[turn] = undefined;
    return [row as Row];
  }

  async all(): Promise<Row[]> {
    const first = this.#ahead.splice(0);
    const rest = await this.#everywhere((cursor, i) =>
      first[i] === null ? [] : cursor.fetchall(),
    );
    return rest.flatMap((rows, i) => {
      const row = first[i];
      return row === null || row === undefined ? [...(rows as Row[])] : [row, ...(rows as Row[])];
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Drivers that say nothing of columns have rows for all that is known. */
function readDescription(description: unknown): CursorColumn[] | null {
  if (description === null) return null;
  if (!Array.isArray(description)) return [];
  return description.map((column: unknown) => {
    if (typeof column === 'string') return { name: column };
    if (Array.isArray(column)) return { name: String(column[0]) };
    return column as CursorColumn;
  });
}
