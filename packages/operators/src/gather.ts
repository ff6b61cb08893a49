import type { Batch } from '@millrace/batch';
import type { Combiner, InputBatch } from './combiner.js';
import { rangeSelection, type Selection } from './rows/selection.js';

/** All rows of all inputs, as they come. */
export class Gather implements Combiner {
  readonly groups = 0;
  readonly bytes = 0;
  readonly #ended: boolean[];
  #open: number;
  #queue: InputBatch[] = [];
  #row = 0;
  #released: InputBatch[] = [];

  constructor(inputCount: number) {
    this.#ended = Array.from({ length: inputCount }, () => false);
    this.#open = inputCount;
  }

  wants(input: number): boolean {
    return !this.#ended[input];
  }

  consume(input: number, batch: Batch): void {
    if (batch.rowCount > 0) this.#queue.push({ input, batch });
    else this.#released.push({ input, batch });
  }

  end(input: number): void {
    this.#ended[input] = true;
    this.#open--;
  }

  pull(most: number): Selection | undefined {
    const first = this.#queue[0];
    if (first === undefined) return undefined;
    const { batch } = first;
    const end = Math.min(this.#row + most, batch.rowCount);
    const selection = rangeSelection(batch, this.#row, end);
    this.#row = end;
    if (end === batch.rowCount) {
      this.#released.push(first);
      this.#queue.shift();
      this.#row = 0;
    }
    return selection;
  }

  released(): readonly InputBatch[] {
    const released = this.#released;
    this.#released = [];
    return released;
  }

  stop(): void {
    this.#released.push(...this.#queue);
    this.#queue = [];
  }

  get done(): boolean {
    return this.#open === 0 && this.#queue.length === 0;
  }
}
