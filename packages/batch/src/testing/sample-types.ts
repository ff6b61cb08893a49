/** One type of each layout parameter, with values at the edges of what it holds. For the tests of this package. */
import type { DataType } from '../data-type.js';
import type { Value } from '../vector.js';

export interface SampleType {
  readonly name: string;
  readonly type: DataType;
  /** Extremes, as `Vector.at` gives them. */
  readonly edges: readonly Value[];
}

const NINES = '9'.repeat(38);

export const SAMPLE_TYPES: readonly SampleType[] = [
  { name: 'bool', type: { kind: 'bool' }, edges: [true, false] },
  { name: 'int16', type: { kind: 'int16' }, edges: [-32_768, -1, 0, 1, 32_767] },
  { name: 'int32', type: { kind: 'int32' }, edges: [-0x80000000, -1, 0, 1, 0x7fffffff] },
  { name: 'uint32', type: { kind: 'uint32' }, edges: [0, 1, 0x7fffffff, 0x80000000, 0xffffffff] },
  {
    name: 'int64',
    type: { kind: 'int64' },
    edges: [-(2n ** 63n), -(2n ** 53n) - 1n, -1n, 0n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n],
  },
  {
    name: 'float32',
    type: { kind: 'float32' },
    edges: [-0, 0, 1.401298464324817e-45, -3.4028234663852886e38, Infinity, -Infinity, NaN],
  },
  {
    name: 'float64',
    type: { kind: 'float64' },
    edges: [-0, 0, Number.MIN_VALUE, -Number.MAX_VALUE, Infinity, -Infinity, NaN],
  },
  {
    name: 'decimal(38,0)',
    type: { kind: 'decimal', precision: 38, scale: 0 },
    edges: [`-${NINES}`, '-1', '0', '1', NINES, 'NaN', '18446744073709551616', '-4294967296'],
  },
  {
    name: 'decimal(38,38)',
    type: { kind: 'decimal', precision: 38, scale: 38 },
    edges: [`-0.${NINES}`, `0.${'0'.repeat(38)}`, `0.${'0'.repeat(37)}1`, `0.${NINES}`, 'NaN'],
  },
  {
    name: 'decimal(12,2)',
    type: { kind: 'decimal', precision: 12, scale: 2 },
    edges: ['-9999999999.99', '-0.01', '0.00', '0.01', '9999999999.99', 'NaN'],
  },
  {
    name: 'date',
    type: { kind: 'date' },
    edges: [-0x80000000, -2_440_588, -1, 0, 2_145_042_905, 0x7fffffff],
  },
  {
    name: 'timestamp',
    type: { kind: 'timestamp', utc: false },
    edges: [-(2n ** 63n), -210_866_803_200_000_000n, -1n, 0n, 1n, 2n ** 63n - 1n],
  },
  {
    name: 'timestamp(utc)',
    type: { kind: 'timestamp', utc: true },
    edges: [-(2n ** 63n), -1n, 0n, 946_684_800_000_000n, 2n ** 63n - 1n],
  },
  {
    name: 'uuid',
    type: { kind: 'uuid' },
    edges: [
      '00000000-0000-0000-0000-000000000000',
      '01234567-89ab-cdef-fedc-ba9876543210',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
    ],
  },
  {
    name: 'utf8',
    type: { kind: 'utf8' },
    edges: ['', 'a', 'Zürich', '日本', '\u{1f682}', '\0', 'x'.repeat(300)],
  },
  {
    name: 'binary',
    type: { kind: 'binary' },
    edges: [
      Uint8Array.of(),
      Uint8Array.of(0),
      Uint8Array.of(0xff, 0xfe, 0x00),
      new Uint8Array(257).fill(0x80),
    ],
  },
];

/** Row counts around the borders of bytes, words and cache lines of bits. */
export const ODD_ROW_COUNTS: readonly number[] = [0, 1, 7, 8, 9, 63, 64, 65, 511, 512, 513];
