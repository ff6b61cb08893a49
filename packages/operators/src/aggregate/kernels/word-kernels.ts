/** Aggregates that fold the words of values: bit_and, bit_or, bit_xor, bool_and, bool_or, and any value at all. */
import {
  assert,
  type DataType,
  isPresent,
  layoutOf,
  VariableVector,
  type Vector,
} from '@millrace/batch';
import type { AggregateState, Kernel } from '../aggregate-state.js';
import { type FinishedColumn, fixedColumn, textColumn, wordsOf } from '../finished-column.js';
import { grown } from '../growth.js';
import { wordsOfVector } from '../vector-words.js';

type Fold = 'and' | 'or' | 'xor' | 'first';

/** Bit by bit, over integers or booleans. */
export function bitKernel(fold: 'and' | 'or' | 'xor'): Kernel {
  return ([type]) => {
    assert(type !== undefined && layoutOf(type) !== 'variable', 'the values are words');
    return new FoldedWords(type, fold);
  };
}

/** Some value that is not NULL. */
export const anyKernel: Kernel = ([type]) => {
  assert(type !== undefined, 'some value of a column');
  return layoutOf(type) === 'variable' ? new FirstBytes(type) : new FoldedWords(type, 'first');
};

class FoldedWords implements AggregateState {
  readonly type: DataType;
  readonly #width: number;
  readonly #fold: Fold;
  #words = new Int32Array(0);
  #present = new Uint8Array(0);

  constructor(type: DataType, fold: Fold) {
    this.type = type;
    this.#width = wordsOf(type);
    this.#fold = fold;
  }

  add([vector]: readonly Vector[], groups: Int32Array, groupCount: number): void {
    this.#words = grown(this.#words, groupCount * this.#width);
    this.#present = grown(this.#present, groupCount);
    const words = wordsOfVector(vector!);
    const { validity, nullCount } = vector!;
    for (let row = 0; row < groups.length; row++) {
      if (nullCount > 0 && !isPresent(validity, 0, row)) continue;
      const group = groups[row]!;
      const first = this.#present[group] === 0;
      this.#present[group] = 1;
      this.#take(first, words, row, group);
    }
  }

  finish(from: number, to: number): FinishedColumn {
    this.#words = grown(this.#words, to * this.#width);
    this.#present = grown(this.#present, to);
    return fixedColumn(this.type, this.#words, this.#present, from, to);
  }

  get bytes(): number {
    return this.#words.byteLength + this.#present.byteLength;
  }

  #take(first: boolean, words: Int32Array, row: number, group: number): void {
    const width = this.#width;
    const fold = this.#fold;
    for (let word = 0; word < width; word++) {
      const at = group * width + word;
      const value = words[row * width + word]!;
      if (first) this.#words[at] = value;
      else if (fold === 'and') this.#words[at]! &= value;
      else if (fold === 'or') this.#words[at]! |= value;
      else if (fold === 'xor') this.#words[at]! ^= value;
    }
  }
}

class FirstBytes implements AggregateState {
  readonly type: DataType;
  readonly #values: (Uint8Array | undefined)[] = [];
  #bytes = 0;

  constructor(type: DataType) {
    this.type = type;
  }

  add([vector]: readonly Vector[], groups: Int32Array): void {
    assert(vector instanceof VariableVector, 'the values have a variable width');
    const { data, offsets, validity, nullCount } = vector;
    for (let row = 0; row < groups.length; row++) {
      const group = groups[row]!;
      if (this.#values[group] !== undefined) continue;
      if (nullCount > 0 && !isPresent(validity, 0, row)) continue;
      const value = data.slice(offsets[row]!, offsets[row + 1]!);
      this.#values[group] = value;
      this.#bytes += value.length + 96;
    }
  }

  finish(from: number, to: number): FinishedColumn {
    const texts = Array.from({ length: to - from }, (_, i) => this.#values[from + i]);
    return textColumn(this.type, texts);
  }

  get bytes(): number {
    return this.#bytes;
  }
}
