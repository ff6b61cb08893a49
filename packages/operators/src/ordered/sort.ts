import { Batch, type Schema } from '@millrace/batch';
import type { Combiner, InputBatch } from '../combiner.js';
import type { SortKey } from '../pipeline.js';
import { type Selection, sliceSelection } from '../rows/selection.js';
import { rowsThatFit, writeRows } from '../rows/write-rows.js';
import { compareRows, sortColumns } from './sort-columns.js';

const BLOCK_ROWS = 65_536;

/**
 * Sorts what another step gives. Rows are copied as they come, so that the inputs' buffers are free; where only the first rows
 * are wanted, the others are dropped whenever enough of them have gathered.
 */
export class Sort implements Combiner {
  readonly #inner: Combiner;
  readonly #schema: Schema;
  readonly #keys: readonly SortKey[];
  readonly #columns: readonly number[];
  /** Rows that are wanted: Infinity for all. */
  readonly #top: number;
  #batches: Batch[] = [];
  #rows = 0;
  #bytes = 0;
  #sorted: Selection | undefined;
  #at = 0;

  constructor(inner: Combiner, schema: Schema, keys: readonly SortKey[], top: number) {
    this.#inner = inner;
    this.#schema = schema;
    this.#keys = keys;
    this.#columns = schema.fields.map((_, column) => column);
    this.#top = top;
  }

  wants(input: number): boolean {
    return this.#inner.wants(input);
  }

  consume(input: number, batch: Batch): void {
    this.#inner.consume(input, batch);
  }

  end(input: number): void {
    this.#inner.end(input);
  }

  pull(most: number): Selection | undefined {
    this.#collect();
    if (!this.#inner.done) return undefined;
    this.#sorted ??= this.#sort();
    const from = this.#at;
    this.#at = Math.min(from + most, this.#sorted.count);
    return this.#at === from ? undefined : sliceSelection(this.#sorted, from, this.#at);
  }

  released(): readonly InputBatch[] {
    return this.#inner.released();
  }

  stop(): void {
    this.#inner.stop();
  }

  get done(): boolean {
    return this.#inner.done && this.#sorted !== undefined && this.#at === this.#sorted.count;
  }

  get groups(): number {
    return this.#inner.groups;
  }

  get bytes(): number {
    return this.#inner.bytes + this.#bytes;
  }

  #collect(): void {
    for (;;) {
      const selection = this.#inner.pull(BLOCK_ROWS);
      if (selection === undefined) return;
      this.#keep(selection);
      if (this.#rows > 2 * this.#top + BLOCK_ROWS) this.#drop();
    }
  }

  /** Keeps only the first rows. */
  #drop(): void {
    const sorted = this.#sort();
    this.#batches = [];
    this.#rows = 0;
    this.#bytes = 0;
    this.#keep(sliceSelection(sorted, 0, this.#top));
  }

  #keep(selection: Selection): void {
    for (let from = 0; from < selection.count; ) {
      const to = Math.min(from + BLOCK_ROWS, selection.count);
      const part = sliceSelection(selection, from, to);
      const fitting = sliceSelection(part, 0, rowsThatFit(part, this.#columns));
      const batch = new Batch(this.#schema, writeRows(fitting, this.#columns, this.#schema));
      this.#batches.push(batch);
      this.#bytes += batch.byteLength;
      this.#rows += fitting.count;
      from += fitting.count;
    }
  }

  #sort(): Selection {
    const columns = this.#batches.map((batch) => sortColumns(batch, this.#keys));
    const sources = new Int32Array(this.#rows);
    const rows = new Int32Array(this.#rows);
    let count = 0;
    this.#batches.forEach(({ rowCount }, source) => {
      sources.fill(source, count, count + rowCount);
      for (let row = 0; row < rowCount; row++) rows[count++] = row;
    });
    const order = Uint32Array.from(rows, (_, i) => i).sort(
      (a, b) =>
        compareRows(columns[sources[a]!]!, rows[a]!, columns[sources[b]!]!, rows[b]!) || a - b,
    );
    return {
      batches: this.#batches,
      sources: Int32Array.from(order, (i) => sources[i]!),
      rows: Int32Array.from(order, (i) => rows[i]!),
      count,
    };
  }
}
