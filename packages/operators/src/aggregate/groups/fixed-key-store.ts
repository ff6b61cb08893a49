import { type DataType, isPresent, type Vector } from '@millrace/batch';
import { type FinishedColumn, fixedColumn, wordsOf } from '../finished-column.js';
import { grown } from '../growth.js';
import { wordsOfVector } from '../vector-words.js';
import { type KeyStore, mix } from './key-store.js';

const NONE = new Uint8Array(0);

/** Keys of fixed width, compared word by word. Of floats the words are made canonical first: -0 is 0, NaN is one pattern. */
export class FixedKeyStore implements KeyStore {
  readonly #type: DataType;
  readonly #width: number;
  readonly #float: boolean;
  /** The values as they came: what goes out. */
  #values = new Int32Array(0);
  /** The values as they are compared: the same array but for floats. */
  #compared = new Int32Array(0);
  #present = new Uint8Array(0);
  #words: Int32Array = new Int32Array(0);
  #canonical: Int32Array = new Int32Array(0);
  #validity: Uint8Array = NONE;
  #hasNulls = false;

  constructor(type: DataType) {
    this.#type = type;
    this.#width = wordsOf(type);
    this.#float = type.kind === 'float32' || type.kind === 'float64';
  }

  load(vector: Vector): void {
    this.#validity = vector.validity;
    this.#hasNulls = vector.nullCount > 0;
    const words = wordsOfVector(vector);
    this.#words = this.#hasNulls ? zeroNulls(words, this.#width, vector) : words;
    this.#canonical = this.#float ? canonicalWords(this.#words, this.#width) : this.#words;
  }

  hash(hashes: Int32Array): void {
    const width = this.#width;
    if (width === 1) hashWords(hashes, this.#canonical);
    else if (width === 2) hashPairs(hashes, this.#canonical);
    else hashQuads(hashes, this.#canonical);
  }

  equals(group: number, row: number): boolean {
    const present = !this.#hasNulls || isPresent(this.#validity, 0, row);
    if ((this.#present[group] === 1) !== present) return false;
    const width = this.#width;
    const compared = this.#compared;
    const canonical = this.#canonical;
    for (let word = 0; word < width; word++) {
      if (compared[group * width + word] !== canonical[row * width + word]) return false;
    }
    return true;
  }

  append(group: number, row: number): void {
    const width = this.#width;
    this.#values = grown(this.#values, (group + 1) * width);
    this.#present = grown(this.#present, group + 1);
    this.#present[group] = Number(!this.#hasNulls || isPresent(this.#validity, 0, row));
    for (let word = 0; word < width; word++) {
      this.#values[group * width + word] = this.#words[row * width + word]!;
    }
    if (!this.#float) {
      this.#compared = this.#values;
      return;
    }
    this.#compared = grown(this.#compared, (group + 1) * width);
    for (let word = 0; word < width; word++) {
      this.#compared[group * width + word] = this.#canonical[row * width + word]!;
    }
  }

  finish(from: number, to: number): FinishedColumn {
    return fixedColumn(this.#type, this.#values, this.#present, from, to);
  }

  get bytes(): number {
    const compared = this.#float ? this.#compared.byteLength : 0;
    return this.#values.byteLength + compared + this.#present.byteLength;
  }
}

/** A copy in which NULLs hold 0, so that all of them have one hash. */
function zeroNulls(words: Int32Array, width: number, { length, validity }: Vector): Int32Array {
  const copy = Int32Array.from(words);
  for (let row = 0; row < length; row++) {
    if (!isPresent(validity, 0, row)) copy.fill(0, row * width, (row + 1) * width);
  }
  return copy;
}

function hashWords(hashes: Int32Array, words: Int32Array): void {
  for (let row = 0; row < hashes.length; row++) hashes[row] = mix(hashes[row]!, words[row]!);
}

function hashPairs(hashes: Int32Array, words: Int32Array): void {
  for (let row = 0; row < hashes.length; row++) {
    hashes[row] = mix(mix(hashes[row]!, words[row * 2]!), words[row * 2 + 1]!);
  }
}

function hashQuads(hashes: Int32Array, words: Int32Array): void {
  for (let row = 0; row < hashes.length; row++) {
    let hash = hashes[row]!;
    for (let at = row * 4; at < row * 4 + 4; at++) hash = mix(hash, words[at]!);
    hashes[row] = hash;
  }
}

/** Floats of one or two words with one pattern each for zero and for NaN. */
function canonicalWords(words: Int32Array, width: number): Int32Array {
  const canonical = Int32Array.from(words);
  const values =
    width === 1 ? new Float32Array(canonical.buffer) : new Float64Array(canonical.buffer);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value === 0) values[row] = 0;
    else if (Number.isNaN(value)) setNaN(canonical, row, width);
  }
  return canonical;
}

function setNaN(words: Int32Array, row: number, width: number): void {
  if (width === 1) words[row] = 0x7fc00000;
  else {
    words[row * 2] = 0;
    words[row * 2 + 1] = 0x7ff80000;
  }
}
