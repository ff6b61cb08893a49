import { type ColumnKind, gatherColumns } from '../dataset/gather-columns.js';
import type { GatherChecksum } from './gather-checksum.js';
import {
  type HashLanes,
  hashBytes,
  hashFloat64,
  hashInt32,
  hashInt64,
  hashLanes,
  hashSafeInteger,
} from './hash-lanes.js';

/** A row as the PostgreSQL drivers give it by default: int8 and numeric as strings, timestamptz as a Date. */
export type GatherRow = Readonly<Record<string, unknown>>;

const encoder = new TextEncoder();
const scratch = new Uint8Array(4096);
const hash: HashLanes = hashLanes();

/** Hashes every value of every row. Throws TypeError when a value is not what `pg` gives by default for its column. */
export function checksumRows(rows: readonly GatherRow[], checksum: GatherChecksum): void {
  for (const row of rows) {
    let low = 0;
    let high = 0;
    for (const [index, column] of gatherColumns.entries()) {
      const value = row[column.name];
      if (value === null) continue;
      hashOf[column.kind](value);
      checksum.addValue(index, hash);
      low ^= hash[0] as number;
      high ^= hash[1] as number;
    }
    checksum.addRow(low, high);
  }
}

const hashOf: Readonly<Record<ColumnKind, (value: unknown) => void>> = {
  int8: (value) => hashDecimalInteger(expectString(value)),
  int4: (value) => hashInt32(expectNumber(value), hash),
  int2: (value) => hashInt32(expectNumber(value), hash),
  float8: (value) => hashFloat64(expectNumber(value), hash),
  numeric: (value) => hashText(expectString(value)),
  timestamptz: (value) => hashSafeInteger(expectDate(value).getTime(), hash),
  text: (value) => hashText(expectString(value)),
};

function hashDecimalInteger(digits: string): void {
  const near = Number(digits);
  if (Number.isSafeInteger(near)) {
    hashSafeInteger(near, hash);
    return;
  }
  const exact = BigInt(digits);
  hashInt64(Number(BigInt.asIntN(32, exact)), Number(exact >> 32n), hash);
}

function hashText(text: string): void {
  const { written } = encoder.encodeInto(text, scratch);
  hashBytes(scratch, 0, written, hash);
}

function expectString(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`expected a string, got ${typeof value}`);
}

function expectNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`expected a number, got ${typeof value}`);
}

function expectDate(value: unknown): Date {
  if (value instanceof Date) return value;
  throw new TypeError(`expected a Date, got ${typeof value}`);
}
