import type { Batch } from '@millrace/batch';
import type { Combiner, InputBatch } from '../combiner.js';
import type { SortKey } from '../pipeline.js';
import type { Selection } from '../rows/selection.js';
import { LoserTree } from './loser-tree.js';
import { SortCursor } from './sort-cursor.js';

/**
 * Sorted inputs to one sorted stream. Of each input at most two batches are held; a batch is given back when the rows picked
 * from it have been copied. Rows that are equal come in the order of their inputs.
 */
export class OrderedMerge implements Combiner {
  readonly groups = 0;
  readonly bytes = 0;
  readonly #cursors: readonly SortCursor[];
  readonly #tree: LoserTree;
  #released: InputBatch[] = [];
  /** The input that the next row came from last, and which had none left: its place in the tree is stale. */
  #stale = -1;
  #built = false;

  constructor(inputCount: number, keys: readonly SortKey[]) {
    this.#cursors = Array.from({ length: inputCount }, () => new SortCursor(keys));
    this.#tree = new LoserTree(inputCount, (a, b) => {
      const first = this.#cursors[a]!;
      const second = this.#cursors[b]!;
      // Equal rows: the input with the lower number.
      return a < b ? !second.before(first) && first.batch !== undefined : first.before(second);
    });
  }

  wants(input: number): boolean {
    return this.#cursors[input]!.wants;
  }

  consume(input: number, batch: Batch): void {
    if (batch.rowCount > 0) this.#cursors[input]!.add(batch);
    else this.#released.push({ input, batch });
  }

  end(input: number): void {
    this.#cursors[input]!.end();
  }

  /** Picks rows until `most`, or until an input has no row at hand and may have more. */
  pull(most: number): Selection | undefined {
    if (this.#cursors.length === 0 || !this.#ready()) return undefined;
    const atHand = this.#cursors.reduce((sum, { rowsAtHand }) => sum + rowsAtHand, 0);
    const wanted = Math.min(most, atHand);
    const picked = new PickedRows(wanted);
    while (picked.count < wanted) {
      const input = this.#tree.winner;
      const cursor = this.#cursors[input]!;
      const { batch } = cursor;
      if (batch === undefined) break;
      picked.add(input, batch, cursor.row);
      const left = cursor.advance();
      if (left !== undefined) {
        this.#released.push({ input, batch: left });
        if (!cursor.settled) {
          this.#stale = input;
          break;
        }
      }
      this.#tree.replay();
    }
    return picked.count === 0 ? undefined : picked.selection();
  }

  released(): readonly InputBatch[] {
    const released = this.#released;
    this.#released = [];
    return released;
  }

  stop(): void {
    this.#cursors.forEach((cursor, input) => {
      this.#released.push(...cursor.held.map((batch) => ({ input, batch })));
    });
  }

  get done(): boolean {
    return this.#cursors.every((cursor) => cursor.settled && cursor.batch === undefined);
  }

  #ready(): boolean {
    if (!this.#built) {
      if (!this.#cursors.every((cursor) => cursor.settled)) return false;
      this.#tree.build();
      this.#built = true;
    }
    if (this.#stale >= 0) {
      if (!this.#cursors[this.#stale]!.settled) return false;
      this.#stale = -1;
      this.#tree.replay();
    }
    return true;
  }
}

/** The output of a merge: which row of which batch comes next. */
class PickedRows {
  readonly #batches: Batch[] = [];
  readonly #sources: Int32Array;
  readonly #rows: Int32Array;
  /** Number, in `#batches`, of the batch that each input is read from. */
  readonly #sourceOfInput = new Map<number, number>();
  count = 0;

  constructor(most: number) {
    this.#sources = new Int32Array(most);
    this.#rows = new Int32Array(most);
  }

  add(input: number, batch: Batch, row: number): void {
    let source = this.#sourceOfInput.get(input);
    if (source === undefined || this.#batches[source] !== batch) {
      source = this.#batches.push(batch) - 1;
      this.#sourceOfInput.set(input, source);
    }
    this.#sources[this.count] = source;
    this.#rows[this.count++] = row;
  }

  selection(): Selection {
    const { count } = this;
    return {
      batches: this.#batches,
      sources: this.#sources.subarray(0, count),
      rows: this.#rows.subarray(0, count),
      count,
    };
  }
}
