import type { Vector } from '@millrace/batch';
import type { FinishedColumn } from '../finished-column.js';

/**
 * One column of the groups' keys: the values of the groups that are known, and those of the batch at hand. Methods of rows speak
 * of the batch that `load` was last given.
 */
export interface KeyStore {
  load(vector: Vector): void;
  /** Mixes each row's value into its hash. Equal values give equal hashes. */
  hash(hashes: Int32Array): void;
  /** Whether the value of a group equals that of a row. NULL equals NULL. */
  equals(group: number, row: number): boolean;
  /** Makes the value of a row that of the next group. */
  append(group: number, row: number): void;
  finish(from: number, to: number): FinishedColumn;
  readonly bytes: number;
}

/** One step of a multiplicative hash (MurmurHash3's). */
export function mix(hash: number, word: number): number {
  const key = Math.imul(word, 0xcc9e2d51 | 0);
  const mixed = hash ^ Math.imul((key << 15) | (key >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

/** What NULL is mixed in as. */
export const NULL_WORD = 0x4e554c4c;
