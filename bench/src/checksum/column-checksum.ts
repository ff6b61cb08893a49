import { type ColumnKind, gatherColumns } from '../dataset/gather-columns.js';
import { words } from './column-touch.js';
import type { ColumnView } from './column-view.js';
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

/** XOR of each row's hashes so far: two lanes a row. */
type RowLanes = Uint32Array<ArrayBuffer>;

/** Writes the hash of the present value in `row`. */
type ValueHash = (row: number, out: HashLanes) => void;

const hash: HashLanes = hashLanes();
const encoder = new TextEncoder();
const decimalScratch = new Uint8Array(32);

/** Hashes every value of a columnar result, one column after the other, straight from its typed arrays. */
export function checksumColumns(views: readonly ColumnView[], checksum: GatherChecksum): void {
  const rowCount = views[0]?.rowCount ?? 0;
  const rows: RowLanes = new Uint32Array(2 * rowCount);
  for (const [index, column] of gatherColumns.entries()) {
    const view = views[index];
    if (view?.rowCount !== rowCount)
      throw new RangeError(`column ${column.name} has another length than its batch`);
    checksumColumn(index, view, hashOf[column.kind](view), checksum, rows);
    if (column.kind === 'timestamptz') checksumMicroseconds(view, checksum);
  }
  for (let row = 0; row < rowCount; row++) {
    checksum.addRow(rows[2 * row] as number, rows[2 * row + 1] as number);
  }
}

function checksumColumn(
  column: number,
  view: ColumnView,
  hashValue: ValueHash,
  checksum: GatherChecksum,
  rows: RowLanes,
): void {
  for (let row = 0; row < view.rowCount; row++) {
    if (!isPresent(view, row)) continue;
    hashValue(row, hash);
    checksum.addValue(column, hash);
    rows[2 * row] = (rows[2 * row] as number) ^ (hash[0] as number);
    rows[2 * row + 1] = (rows[2 * row + 1] as number) ^ (hash[1] as number);
  }
}

function checksumMicroseconds(view: ColumnView, checksum: GatherChecksum): void {
  const hashValue = hashOf.int8(view);
  for (let row = 0; row < view.rowCount; row++) {
    if (!isPresent(view, row)) continue;
    hashValue(row, hash);
    checksum.addMicroseconds(hash);
  }
}

const hashOf: Readonly<Record<ColumnKind, (view: ColumnView) => ValueHash>> = {
  int8: (view) => {
    const halves = words(view.values);
    return (row, out) => hashInt64(halves[2 * row] as number, halves[2 * row + 1] as number, out);
  },
  int4: hashIntegers,
  int2: hashIntegers,
  float8: (view) => {
    const values = view.values as Float64Array;
    return (row, out) => hashFloat64(values[row] as number, out);
  },
  // 128-bit two's complement, scale 2; numeric(12,2) lies within the exact integers of a double.
  numeric: (view) => {
    const quarters = words(view.values);
    return (row, out) => {
      const unscaled =
        (quarters[4 * row + 1] as number) * 0x1_0000_0000 + ((quarters[4 * row] as number) >>> 0);
      const { written } = encoder.encodeInto(centsText(unscaled), decimalScratch);
      hashBytes(decimalScratch, 0, written, out);
    };
  },
  timestamptz: (view) => {
    const halves = words(view.values);
    return (row, out) => {
      const microseconds =
        (halves[2 * row + 1] as number) * 0x1_0000_0000 + ((halves[2 * row] as number) >>> 0);
      hashSafeInteger(Math.floor(microseconds / 1000), out);
    };
  },
  text: (view) => {
    const bytes = view.values as Uint8Array;
    const offsets = view.offsets as Int32Array;
    return (row, out) => hashBytes(bytes, offsets[row] as number, offsets[row + 1] as number, out);
  },
};

function hashIntegers(view: ColumnView): ValueHash {
  const values = view.values as Int32Array | Int16Array;
  return (row, out) => hashInt32(values[row] as number, out);
}

function isPresent({ validity }: ColumnView, row: number): boolean {
  return validity === undefined || (((validity[row >> 3] as number) >> (row & 7)) & 1) === 1;
}

/** A number of hundredths as PostgreSQL writes a numeric of scale 2. */
function centsText(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
