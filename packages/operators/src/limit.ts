import { Batch, type Schema } from '@millrace/batch';
import { compareRows, type SortColumn, sortColumns } from './ordered/sort-columns.js';
import type { RowLimit, SortKey } from './pipeline.js';
import { type Selection, sliceSelection } from './rows/selection.js';
import { writeRows } from './rows/write-rows.js';

/** Cuts a stream: offset, count, and the rows that tie with the last one. */
export class Limiter {
  readonly #limit: RowLimit;
  readonly #keys: readonly SortKey[];
  readonly #schema: Schema;
  #toSkip: number;
  #left: number;
  /** The keys of the last row that counts. */
  #last: readonly SortColumn[] | undefined;
  /** Whether nothing goes on any more. */
  over: boolean;

  /** @param keys by which rows tie; `schema` is that of the stream */
  constructor(limit: RowLimit | undefined, keys: readonly SortKey[], schema: Schema) {
    this.#limit = limit ?? { offset: 0, count: undefined, withTies: false };
    this.#keys = keys;
    this.#schema = schema;
    this.#toSkip = this.#limit.offset;
    this.#left = this.#limit.count ?? Number.POSITIVE_INFINITY;
    this.over = this.#left === 0;
  }

  /** Rows that are worth asking for. */
  get wanted(): number {
    return this.#limit.withTies ? Number.POSITIVE_INFINITY : this.#toSkip + this.#left;
  }

  /** What of these rows goes on. */
  apply(selection: Selection): Selection {
    const from = Math.min(this.#toSkip, selection.count);
    this.#toSkip -= from;
    const counted = Math.min(from + this.#left, selection.count);
    let to = counted;
    if (this.#last !== undefined) to = this.#endOfTies(selection, from);
    else if (counted > from) {
      this.#left -= counted - from;
      if (this.#left === 0 && this.#limit.withTies) {
        this.#remember(sliceSelection(selection, counted - 1, counted));
        to = this.#endOfTies(selection, counted);
      }
    }
    this.over = this.#last === undefined ? this.#left === 0 : to < selection.count;
    return from === 0 && to === selection.count ? selection : sliceSelection(selection, from, to);
  }

  #remember(row: Selection): void {
    const all = this.#schema.fields.map((_, column) => column);
    const batch = new Batch(this.#schema, writeRows(row, all, this.#schema));
    this.#last = sortColumns(batch, this.#keys);
  }

  #endOfTies({ batches, sources, rows, count }: Selection, from: number): number {
    const columns: (readonly SortColumn[] | undefined)[] = batches.map(() => undefined);
    for (let i = from; i < count; i++) {
      const source = sources[i]!;
      columns[source] ??= sortColumns(batches[source]!, this.#keys);
      if (compareRows(columns[source]!, rows[i]!, this.#last!, 0) !== 0) return i;
    }
    return count;
  }
}
