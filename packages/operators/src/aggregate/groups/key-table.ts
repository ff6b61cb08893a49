/**
 * A hash table with open addressing over typed arrays. Slots hold numbers of keys; keys are numbered in the order in which they
 * come, so that what belongs to them stands in plain columns.
 */
import { grown } from '../growth.js';
import type { KeyStore } from './key-store.js';

const FIRST_SLOTS = 1024;

export class KeyTable {
  readonly #stores: readonly KeyStore[];
  /** Number of the key + 1; 0 is free. A power of two of them, at most half taken. */
  #slots = new Int32Array(FIRST_SLOTS);
  /** Hash of each key. */
  #hashes = new Int32Array(FIRST_SLOTS >> 1);
  #rowHashes = new Int32Array(0);
  #rowKeys = new Int32Array(0);
  #count = 0;

  /** @param stores the columns of a key: one at least */
  constructor(stores: readonly KeyStore[]) {
    this.#stores = stores;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    const slots = this.#slots.byteLength + this.#hashes.byteLength;
    return this.#stores.reduce((sum, { bytes }) => sum + bytes, slots);
  }

  /** The number of each row's key, of the rows that the stores have loaded. Valid until the next call. */
  find(rowCount: number): Int32Array {
    this.#rowKeys = grown(this.#rowKeys, rowCount);
    this.#rowHashes = grown(this.#rowHashes, rowCount);
    const keys = this.#rowKeys.subarray(0, rowCount);
    const hashes = this.#rowHashes.subarray(0, rowCount).fill(0);
    for (const store of this.#stores) store.hash(hashes);
    finishHashes(hashes);
    if (this.#stores.length === 1) this.#findByOne(this.#stores[0]!, hashes, keys);
    else this.#findByAll(hashes, keys);
    return keys;
  }

  #findByOne(store: KeyStore, hashes: Int32Array, keys: Int32Array): void {
    for (let row = 0; row < keys.length; row++) {
      const hash = hashes[row]!;
      let slot = hash & (this.#slots.length - 1);
      let key = this.#slots[slot]! - 1;
      while (key >= 0 && (this.#hashes[key] !== hash || !store.equals(key, row))) {
        slot = (slot + 1) & (this.#slots.length - 1);
        key = this.#slots[slot]! - 1;
      }
      keys[row] = key >= 0 ? key : this.#insert(slot, hash, row);
    }
  }

  #findByAll(hashes: Int32Array, keys: Int32Array): void {
    for (let row = 0; row < keys.length; row++) {
      const hash = hashes[row]!;
      let slot = hash & (this.#slots.length - 1);
      let key = this.#slots[slot]! - 1;
      while (key >= 0 && (this.#hashes[key] !== hash || !this.#equals(key, row))) {
        slot = (slot + 1) & (this.#slots.length - 1);
        key = this.#slots[slot]! - 1;
      }
      keys[row] = key >= 0 ? key : this.#insert(slot, hash, row);
    }
  }

  #equals(key: number, row: number): boolean {
    for (const store of this.#stores) if (!store.equals(key, row)) return false;
    return true;
  }

  #insert(slot: number, hash: number, row: number): number {
    const key = this.#count++;
    this.#slots[slot] = key + 1;
    this.#hashes[key] = hash;
    for (const store of this.#stores) store.append(key, row);
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    return key;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let key = 0; key < this.#count; key++) {
      let slot = this.#hashes[key]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = key + 1;
    }
    this.#slots = slots;
    this.#hashes = grown(this.#hashes, slots.length >> 1);
  }
}

/** Spreads what the last words have changed over all bits (MurmurHash3's end). */
function finishHashes(hashes: Int32Array): void {
  for (let row = 0; row < hashes.length; row++) {
    let hash = hashes[row]!;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b | 0);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35 | 0);
    hashes[row] = hash ^ (hash >>> 16);
  }
}
