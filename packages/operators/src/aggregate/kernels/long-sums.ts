import { grown } from '../growth.js';

const WORD = 0x100000000;
/** Low parts are carried over before a double would round them. */
const CARRY_AT = 2 ** 52;

/** Exact sums of 64-bit integers, a sum for each group, without a BigInt a row: low and high words are added apart. */
export class LongSums {
  #low = new Float64Array(0);
  #high = new Float64Array(0);

  reserve(groups: number): void {
    this.#low = grown(this.#low, groups);
    this.#high = grown(this.#high, groups);
  }

  /** Adds the integer `high * 2^32 + (low >>> 0)`. */
  add(group: number, low: number, high: number): void {
    const sum = this.#low[group]! + (low >>> 0);
    this.#high[group]! += high;
    if (sum < CARRY_AT) {
      this.#low[group] = sum;
      return;
    }
    const carry = Math.floor(sum / WORD);
    this.#high[group]! += carry;
    this.#low[group] = sum - carry * WORD;
  }

  total(group: number): bigint {
    return (BigInt(this.#high[group] ?? 0) << 32n) + BigInt(this.#low[group] ?? 0);
  }

  get bytes(): number {
    return this.#low.byteLength + this.#high.byteLength;
  }
}
