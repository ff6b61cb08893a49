import {
  assert,
  ColumnWord,
  columnWord,
  type DataType,
  isPresent,
  VariableVector,
  type Vector,
} from '@millrace/batch';
import { trimmedEnd } from '../../ordered/byte-orders.js';
import type { ColumnOrder } from '../../pipeline.js';
import { type FinishedColumn, writePresence } from '../finished-column.js';
import { grown } from '../growth.js';
import { type KeyStore, mix, NULL_WORD } from './key-store.js';

/** Where the part of a text ends that decides whether it is equal to another. */
type DecidingEnd = (data: Uint8Array, start: number, end: number) => number;

/** Keys of variable width, compared by their bytes, or by their first bytes where the rest does not count. */
export class VariableKeyStore implements KeyStore {
  readonly #type: DataType;
  readonly #decidingEnd: DecidingEnd;
  /** All values, one after the other. Group `i` is `#data[#starts[i] .. #starts[i + 1])`, and compared until `#ends[i]`. */
  #data = new Uint8Array(0);
  #starts = new Float64Array(1);
  #ends = new Float64Array(0);
  #present = new Uint8Array(0);
  #vector: VariableVector | undefined;
  #rowEnds = new Int32Array(0);
  #hasNulls = false;

  constructor(type: DataType, order: ColumnOrder) {
    this.#type = type;
    this.#decidingEnd = decidingEnd(order);
  }

  load(vector: Vector): void {
    assert(vector instanceof VariableVector, 'the values have a variable width');
    this.#vector = vector;
    this.#hasNulls = vector.nullCount > 0;
    this.#rowEnds = grown(this.#rowEnds, vector.length);
    const { data, offsets } = vector;
    for (let row = 0; row < vector.length; row++) {
      this.#rowEnds[row] = this.#decidingEnd(data, offsets[row]!, offsets[row + 1]!);
    }
  }

  hash(hashes: Int32Array): void {
    const { data, offsets, validity } = this.#vector!;
    for (let row = 0; row < hashes.length; row++) {
      const present = !this.#hasNulls || isPresent(validity, 0, row);
      hashes[row] = present
        ? hashBytes(hashes[row]!, data, offsets[row]!, this.#rowEnds[row]!)
        : mix(hashes[row]!, NULL_WORD);
    }
  }

  equals(group: number, row: number): boolean {
    const { data, offsets, validity } = this.#vector!;
    const present = !this.#hasNulls || isPresent(validity, 0, row);
    if ((this.#present[group] === 1) !== present) return false;
    const start = this.#starts[group]!;
    const length = this.#ends[group]! - start;
    const offset = offsets[row]!;
    if (this.#rowEnds[row]! - offset !== length) return false;
    const known = this.#data;
    for (let i = 0; i < length; i++) if (known[start + i] !== data[offset + i]) return false;
    return true;
  }

  append(group: number, row: number): void {
    const { data, offsets, validity } = this.#vector!;
    const start = this.#starts[group]!;
    const from = offsets[row]!;
    const length = offsets[row + 1]! - from;
    this.#data = grown(this.#data, start + length);
    this.#starts = grown(this.#starts, group + 2);
    this.#ends = grown(this.#ends, group + 1);
    this.#present = grown(this.#present, group + 1);
    for (let i = 0; i < length; i++) this.#data[start + i] = data[from + i]!;
    this.#starts[group + 1] = start + length;
    this.#ends[group] = start + this.#rowEnds[row]! - from;
    this.#present[group] = Number(!this.#hasNulls || isPresent(validity, 0, row));
  }

  finish(from: number, to: number): FinishedColumn {
    const starts = this.#starts;
    const first = starts[from]!;
    const data = this.#data.subarray(first, starts[to]!);
    return {
      type: this.#type,
      dataBytes: data.length,
      write: (frame, column) => {
        writePresence(frame, column, this.#present, from, to);
        const word = columnWord(column);
        frame.bytes.set(data, frame.header[word + ColumnWord.data]!);
        const values = frame.header[word + ColumnWord.values]!;
        const offsets = new Int32Array(frame.buffer, values, to - from + 1);
        for (let i = 0; i <= to - from; i++) offsets[i] = starts[from + i]! - first;
      },
    };
  }

  get bytes(): number {
    const ends = this.#starts.byteLength + this.#ends.byteLength;
    return this.#data.byteLength + ends + this.#present.byteLength;
  }
}

function hashBytes(seed: number, data: Uint8Array, start: number, end: number): number {
  let hash = seed;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24);
    hash = mix(hash, word);
  }
  let rest = end - start;
  for (; at < end; at++) rest = (rest << 8) | data[at]!;
  return mix(hash, rest);
}

function decidingEnd(order: ColumnOrder): DecidingEnd {
  switch (order) {
    case 'numeric':
      return numericEnd;
    case 'bpchar':
      return trimmedEnd;
    default:
      return (_data, _start, end) => end;
  }
}

const ZERO = 0x30;
const POINT = 0x2e;

/** A numeric without the zeros at the end of its fraction: 1.00 and 1.0 are 1. */
function numericEnd(data: Uint8Array, start: number, end: number): number {
  let point = start;
  while (point < end && data[point] !== POINT) point++;
  if (point === end) return end;
  let at = end;
  while (data[at - 1] === ZERO) at--;
  return at - 1 === point ? point : at;
}
