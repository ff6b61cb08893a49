/** min and max, by the sort keys of `ordered/sort-columns`: of the greatest, keys are descending, so that the least wins. */
import { assert, type DataType, isPresent, layoutOf, type Vector } from '@millrace/batch';
import { compareNumericTexts } from '../../ordered/byte-orders.js';
import { type SortColumn, sortColumn } from '../../ordered/sort-columns.js';
import type { ColumnOrder } from '../../pipeline.js';
import type { AggregateState, Kernel } from '../aggregate-state.js';
import { type FinishedColumn, fixedColumn, textColumn, wordsOf } from '../finished-column.js';
import { grown } from '../growth.js';
import { wordsOfVector } from '../vector-words.js';
import { numericTexts } from './numeric-texts.js';

const TEXT: DataType = { kind: 'utf8' };

/** Least or greatest value of a column that is ordered so. A numeric comes out as text. */
export function extremeKernel(order: ColumnOrder, greatest: boolean): Kernel {
  return ([type]) => {
    assert(type !== undefined, 'an extreme has a column');
    if (order === 'numeric') return new ExtremeBytes(TEXT, order, greatest);
    const bytes = layoutOf(type) === 'variable';
    return bytes ? new ExtremeBytes(type, order, greatest) : new ExtremeWords(type, greatest);
  };
}

/** Values of fixed width that two numbers compare exactly, and those of 16 bytes, which have a tie. */
class ExtremeWords implements AggregateState {
  readonly type: DataType;
  readonly #width: number;
  readonly #greatest: boolean;
  #primary = new Float64Array(0);
  #secondary = new Uint32Array(0);
  #words = new Int32Array(0);
  #present = new Uint8Array(0);

  constructor(type: DataType, greatest: boolean) {
    this.type = type;
    this.#width = wordsOf(type);
    this.#greatest = greatest;
  }

  add([vector]: readonly Vector[], groups: Int32Array, groupCount: number): void {
    this.#primary = grown(this.#primary, groupCount);
    this.#secondary = grown(this.#secondary, groupCount);
    this.#present = grown(this.#present, groupCount);
    this.#words = grown(this.#words, groupCount * this.#width);
    const order = { order: 'value', descending: this.#greatest, nullsFirst: false } as const;
    const column = sortColumn(vector!, order);
    const words = wordsOfVector(vector!);
    const { validity, nullCount } = vector!;
    for (let row = 0; row < groups.length; row++) {
      if (nullCount > 0 && !isPresent(validity, 0, row)) continue;
      const group = groups[row]!;
      if (this.#present[group] === 1 && !this.#better(column, row, group)) continue;
      this.#take(column, words, row, group);
    }
  }

  finish(from: number, to: number): FinishedColumn {
    this.#present = grown(this.#present, to);
    this.#words = grown(this.#words, to * this.#width);
    return fixedColumn(this.type, this.#words, this.#present, from, to);
  }

  get bytes(): number {
    const keys = this.#primary.byteLength + this.#secondary.byteLength;
    return keys + this.#words.byteLength + this.#present.byteLength;
  }

  #better(column: SortColumn, row: number, group: number): boolean {
    const primary = column.primary[row]!;
    if (primary !== this.#primary[group]) return primary < this.#primary[group]!;
    if (column.secondary !== undefined && column.secondary[row] !== this.#secondary[group]) {
      return column.secondary[row]! < this.#secondary[group]!;
    }
    if (column.tie === undefined) return false;
    const { bytes, tie } = column;
    const known = new Uint8Array(this.#words.buffer);
    const result = tie(bytes, row * 16, row * 16 + 16, known, group * 16, group * 16 + 16);
    return this.#greatest ? result > 0 : result < 0;
  }

  #take(column: SortColumn, words: Int32Array, row: number, group: number): void {
    this.#present[group] = 1;
    this.#primary[group] = column.primary[row]!;
    if (column.secondary !== undefined) this.#secondary[group] = column.secondary[row]!;
    for (let word = 0; word < this.#width; word++) {
      this.#words[group * this.#width + word] = words[row * this.#width + word]!;
    }
  }
}

/** Texts and bytes, by `bytes`, `bpchar` or `numeric` order. */
class ExtremeBytes implements AggregateState {
  readonly type: DataType;
  readonly #order: ColumnOrder;
  readonly #greatest: boolean;
  #primary = new Float64Array(0);
  #secondary = new Uint32Array(0);
  readonly #values: (Uint8Array | undefined)[] = [];
  #bytes = 0;

  constructor(type: DataType, order: ColumnOrder, greatest: boolean) {
    this.type = type;
    this.#order = order;
    this.#greatest = greatest;
  }

  add([vector]: readonly Vector[], groups: Int32Array, groupCount: number): void {
    this.#primary = grown(this.#primary, groupCount);
    this.#secondary = grown(this.#secondary, groupCount);
    const column = this.#columnOf(vector!);
    const { validity, nullCount } = vector!;
    for (let row = 0; row < groups.length; row++) {
      if (nullCount > 0 && !isPresent(validity, 0, row)) continue;
      const group = groups[row]!;
      const known = this.#values[group];
      if (known !== undefined && !this.#better(column, row, group, known)) continue;
      this.#primary[group] = column.primary[row]!;
      if (column.secondary !== undefined) this.#secondary[group] = column.secondary[row]!;
      const value = column.bytes.slice(column.offsets![row]!, column.offsets![row + 1]!);
      this.#bytes += value.length - (known?.length ?? -VALUE_BYTES);
      this.#values[group] = value;
    }
  }

  finish(from: number, to: number): FinishedColumn {
    const texts = Array.from({ length: to - from }, (_, i) => this.#values[from + i]);
    return textColumn(this.type, texts);
  }

  get bytes(): number {
    return this.#primary.byteLength + this.#secondary.byteLength + this.#bytes;
  }

  #columnOf(vector: Vector): SortColumn {
    const order = this.#order === 'value' ? 'bytes' : this.#order;
    const direction = { descending: this.#greatest, nullsFirst: false };
    if (vector.type.kind !== 'decimal') return sortColumn(vector, { order, ...direction });
    const column = sortColumn(vector, { order: 'value', ...direction });
    const { data, offsets } = numericTexts(vector);
    return { ...column, tie: compareNumericTexts, bytes: data, offsets };
  }

  #better(column: SortColumn, row: number, group: number, known: Uint8Array): boolean {
    const primary = column.primary[row]!;
    if (primary !== this.#primary[group]) return primary < this.#primary[group]!;
    if (column.secondary !== undefined && column.secondary[row] !== this.#secondary[group]) {
      return column.secondary[row]! < this.#secondary[group]!;
    }
    const { bytes, offsets, tie } = column;
    const result = tie!(bytes, offsets![row]!, offsets![row + 1]!, known, 0, known.length);
    return this.#greatest ? result > 0 : result < 0;
  }
}

/** What an object of a value takes beside its bytes. */
const VALUE_BYTES = 96;
