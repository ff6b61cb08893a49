import { gatherColumns } from '../dataset/gather-columns.js';
import type { HashLanes } from './hash-lanes.js';

/**
 * The checksum of a whole gather, in any order of rows: for each column the number of values that are not NULL and the
 * sum (mod 2^64) of their hashes, and for the rows the sum of each row's hashes XORed together. The columns' sums find
 * a wrong, missing or repeated value; the rows' sum finds right values in wrong rows.
 */
export interface ChecksumEntry {
  /** Values that are not NULL; for the rows, their number. */
  readonly values: number;
  /** The sum as 16 hexadecimal digits. */
  readonly sum: string;
}

/** Entries by column name, and two more: `created_at_us` (absent where microseconds are lost) and `rows`. */
export type Checksum = Readonly<Record<string, ChecksumEntry>>;

/** Name of the entry for `created_at` at full precision; `created_at` itself is hashed in whole milliseconds. */
export const microsecondEntry = 'created_at_us';
/** Name of the entry over whole rows. */
export const rowEntry = 'rows';

const entryNames: readonly string[] = [
  ...gatherColumns.map((column) => column.name),
  microsecondEntry,
  rowEntry,
];
const microsecondSlot = gatherColumns.length;
const rowSlot = gatherColumns.length + 1;

/** Adds hashes up. Feed it every value, then every row. */
export class GatherChecksum {
  readonly #values = new Float64Array(entryNames.length);
  readonly #lows = new Uint32Array(entryNames.length);
  readonly #highs = new Uint32Array(entryNames.length);

  /** Adds the hash of a value of the column at this index. */
  addValue(column: number, hash: HashLanes): void {
    this.#add(column, hash[0] as number, hash[1] as number);
  }

  /** Adds the hash of a `created_at` at full precision. */
  addMicroseconds(hash: HashLanes): void {
    this.#add(microsecondSlot, hash[0] as number, hash[1] as number);
  }

  /** Adds a row: the XOR of its values' hashes, lane by lane. NULLs count as 0. */
  addRow(low: number, high: number): void {
    this.#add(rowSlot, low >>> 0, high >>> 0);
  }

  /** What has been added up. */
  result(): Checksum {
    const entries = entryNames.map((name, slot): [string, ChecksumEntry] => {
      const sum = (BigInt(this.#highs[slot] as number) << 32n) | BigInt(this.#lows[slot] as number);
      return [name, { values: this.#values[slot] as number, sum: hexadecimal(sum) }];
    });
    return Object.fromEntries(
      entries.filter(([name, entry]) => name !== microsecondEntry || entry.values > 0),
    );
  }

  #add(slot: number, low: number, high: number): void {
    const sum = (this.#lows[slot] as number) + low;
    this.#lows[slot] = sum;
    this.#highs[slot] = (this.#highs[slot] as number) + high + (sum > 0xffff_ffff ? 1 : 0);
    this.#values[slot] = (this.#values[slot] as number) + 1;
  }
}

/** A 64-bit sum as 16 hexadecimal digits. */
export function hexadecimal(sum: bigint): string {
  return BigInt.asUintN(64, sum).toString(16).padStart(16, '0');
}

/** What differs, in words; empty when the checksums agree. Entries that `actual` cannot have are not compared. */
export function checksumDifferences(expected: Checksum, actual: Checksum): string[] {
  const differences: string[] = [];
  for (const [name, want] of Object.entries(expected)) {
    const got = actual[name];
    if (got === undefined) {
      if (name !== microsecondEntry) differences.push(`${name}: missing`);
    } else if (got.values !== want.values || got.sum !== want.sum) {
      differences.push(
        `${name}: ${got.values} values ${got.sum}, the servers hold ${want.values} values ${want.sum}`,
      );
    }
  }
  return differences;
}
