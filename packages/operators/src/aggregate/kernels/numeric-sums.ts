/** Exact sums of numerics, a sum for each group, by PostgreSQL's rules: the scale is the largest that was seen. */
import { assert, FixedVector, type VariableVector, type Vector } from '@millrace/batch';
import { add } from '../../numeric/arithmetic.js';
import {
  checkNumeric,
  type FiniteNumeric,
  isFiniteNumeric,
  type Numeric,
  type SpecialNumeric,
} from '../../numeric/numeric.js';
import { readNumeric } from '../../ordered/byte-orders.js';
import { grown } from '../growth.js';
import { numericTexts } from './numeric-texts.js';

const MOST_SMALL_DIGITS = 15;
const MOST_SAFE = Number.MAX_SAFE_INTEGER;

const SpecialBit = { NaN: 1, Infinity: 2, '-Infinity': 4 } as const;

export class NumericSums {
  /** The sum times 10^scale, while a double holds it exactly. */
  #small = new Float64Array(0);
  #scale = new Int32Array(0);
  /** Sums that are larger; `#isBig` says where. */
  readonly #big = new Map<number, FiniteNumeric>();
  #isBig = new Uint8Array(0);
  #present = new Uint8Array(0);
  #special = new Uint8Array(0);

  reserve(groups: number): void {
    this.#small = grown(this.#small, groups);
    this.#scale = grown(this.#scale, groups);
    this.#isBig = grown(this.#isBig, groups);
    this.#present = grown(this.#present, groups);
    this.#special = grown(this.#special, groups);
  }

  /** Adds a column of numerics (as text, or as decimals) or of int8. */
  add(vector: Vector, groups: Int32Array): void {
    if (vector.type.kind === 'int64') this.#addLongs(vector, groups);
    else this.#addTexts(numericTexts(vector), groups, vector);
  }

  /** Undefined for a group without values. */
  total(group: number): Numeric | undefined {
    if ((this.#present[group] ?? 0) === 0) return undefined;
    const special = this.#special[group]!;
    if (special !== 0) return specialSum(special);
    return checkNumeric(this.#finite(group));
  }

  get bytes(): number {
    const flags = this.#isBig.byteLength + this.#present.byteLength + this.#special.byteLength;
    // A BigInt and its entry: about a hundred bytes.
    return this.#small.byteLength + this.#scale.byteLength + flags + this.#big.size * 128;
  }

  #addLongs(vector: Vector, groups: Int32Array): void {
    assert(vector instanceof FixedVector, 'an int8 has a fixed width');
    const values = vector.values as BigInt64Array;
    const { buffer, byteOffset } = values;
    const words = new Int32Array(buffer, byteOffset, groups.length * 2);
    for (let row = 0; row < groups.length; row++) {
      if (vector.nullCount > 0 && vector.isNull(row)) continue;
      const high = words[row * 2 + 1]!;
      if (high >= 0x200000 || high < -0x200000) this.#addBig(groups[row]!, values[row]!, 0);
      else this.#addSmall(groups[row]!, high * 0x100000000 + (words[row * 2]! >>> 0), 0);
    }
  }

  #addTexts({ data, offsets }: NumericTexts, groups: Int32Array, nulls: Vector): void {
    for (let row = 0; row < groups.length; row++) {
      if (nulls.nullCount > 0 && nulls.isNull(row)) continue;
      this.#addText(groups[row]!, data, offsets[row]!, offsets[row + 1]!);
    }
  }

  #addText(group: number, data: Uint8Array, start: number, end: number): void {
    const negative = data[start] === 0x2d;
    const first = negative ? start + 1 : start;
    if (end - first > MOST_SMALL_DIGITS || data[first]! > 0x39) {
      this.addNumeric(group, readNumeric(data, start, end));
      return;
    }
    let value = 0;
    let scale = 0;
    for (let at = first; at < end; at++) {
      const byte = data[at]!;
      if (byte === 0x2e) scale = end - at - 1;
      else value = value * 10 + byte - 0x30;
    }
    this.#addSmall(group, negative ? -value : value, scale);
  }

  addNumeric(group: number, value: Numeric): void {
    if (isFiniteNumeric(value)) {
      this.#addBig(group, value.unscaled, value.scale);
      return;
    }
    this.#present[group] = 1;
    this.#special[group]! |= SpecialBit[value];
  }

  #addSmall(group: number, value: number, scale: number): void {
    if (this.#present[group] === 0) {
      this.#present[group] = 1;
      this.#scale[group] = scale;
    }
    const sum = this.#small[group]! + value;
    const plain = this.#isBig[group] === 0 && this.#scale[group] === scale;
    if (plain && sum <= MOST_SAFE && sum >= -MOST_SAFE) this.#small[group] = sum;
    else this.#addBig(group, BigInt(value), scale);
  }

  #addBig(group: number, unscaled: bigint, scale: number): void {
    const value = { unscaled, scale };
    const sum = this.#present[group] === 0 ? value : add(this.#finite(group), value);
    this.#present[group] = 1;
    this.#scale[group] = sum.scale;
    const small = Number(sum.unscaled);
    if (small <= MOST_SAFE && small >= -MOST_SAFE) {
      this.#small[group] = small;
      if (this.#isBig[group] === 1) this.#big.delete(group);
      this.#isBig[group] = 0;
    } else {
      this.#big.set(group, sum);
      this.#isBig[group] = 1;
    }
  }

  #finite(group: number): FiniteNumeric {
    if (this.#isBig[group] === 1) return this.#big.get(group)!;
    return { unscaled: BigInt(this.#small[group]!), scale: this.#scale[group]! };
  }
}

type NumericTexts = Pick<VariableVector, 'data' | 'offsets'>;

/** Infinity and -Infinity together are NaN. */
function specialSum(bits: number): SpecialNumeric {
  if (bits === SpecialBit.Infinity) return 'Infinity';
  return bits === SpecialBit['-Infinity'] ? '-Infinity' : 'NaN';
}
