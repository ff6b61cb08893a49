import { type FinishedColumn, fixedColumn } from '../finished-column.js';
import { grown } from '../growth.js';
import { type KeyStore, mix } from './key-store.js';

/** Keys that are plain numbers of our own: of groups. */
export class NumberKeyStore implements KeyStore {
  #values = new Int32Array(0);
  #rows: Int32Array = new Int32Array(0);

  /** The numbers of the batch at hand. */
  loadNumbers(rows: Int32Array): void {
    this.#rows = rows;
  }

  load(): void {
    // `loadNumbers` has them: they come from no column.
  }

  hash(hashes: Int32Array): void {
    for (let row = 0; row < hashes.length; row++) hashes[row] = mix(hashes[row]!, this.#rows[row]!);
  }

  equals(key: number, row: number): boolean {
    return this.#values[key] === this.#rows[row];
  }

  append(key: number, row: number): void {
    this.#values = grown(this.#values, key + 1);
    this.#values[key] = this.#rows[row]!;
  }

  finish(from: number, to: number): FinishedColumn {
    const present = new Uint8Array(to).fill(1);
    return fixedColumn({ kind: 'int32' }, this.#values, present, from, to);
  }

  /** The number of a key. */
  at(key: number): number {
    return this.#values[key]!;
  }

  get bytes(): number {
    return this.#values.byteLength;
  }
}
