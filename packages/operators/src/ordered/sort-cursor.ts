import type { Batch } from '@millrace/batch';
import type { SortKey } from '../pipeline.js';
import { compareRows, type SortColumn, sortColumns } from './sort-columns.js';

/** Batches of an input that are held at most: one that is read, one that waits. */
const HELD_BATCHES = 2;

/** A place in a sorted input: the refill of a merge. */
export class SortCursor {
  readonly #keys: readonly SortKey[];
  readonly #waiting: Batch[] = [];
  #columns: readonly SortColumn[] = [];
  #ended = false;
  /** The batch that is read. */
  batch: Batch | undefined;
  row = 0;

  constructor(keys: readonly SortKey[]) {
    this.#keys = keys;
  }

  get wants(): boolean {
    return !this.#ended && this.held.length < HELD_BATCHES;
  }

  /** The batches that are not read to their end. */
  get held(): readonly Batch[] {
    return this.batch === undefined ? this.#waiting : [this.batch, ...this.#waiting];
  }

  /** Rows that are held and not passed. */
  get rowsAtHand(): number {
    return this.held.reduce((sum, { rowCount }) => sum + rowCount, 0) - this.row;
  }

  /** Whether it stands at a row, or after the last one: then its input need not be waited for. */
  get settled(): boolean {
    return this.batch !== undefined || this.#ended;
  }

  add(batch: Batch): void {
    this.#waiting.push(batch);
    if (this.batch === undefined) this.#open();
  }

  end(): void {
    this.#ended = true;
  }

  /** Moves to the next row. Returns the batch that it has left, if it has left one. */
  advance(): Batch | undefined {
    this.row++;
    const left = this.batch!;
    if (this.row < left.rowCount) return undefined;
    this.batch = undefined;
    this.#open();
    return left;
  }

  /** Whether this cursor's row comes before another's. After the last row nothing does. */
  before(other: SortCursor): boolean {
    if (this.batch === undefined) return false;
    if (other.batch === undefined) return true;
    return compareRows(this.#columns, this.row, other.#columns, other.row) < 0;
  }

  #open(): void {
    this.batch = this.#waiting.shift();
    this.row = 0;
    if (this.batch !== undefined) this.#columns = sortColumns(this.batch, this.#keys);
  }
}
