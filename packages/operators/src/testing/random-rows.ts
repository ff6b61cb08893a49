/** Random values of each layout, edges often, from few enough values that keys repeat. For the tests of this package. */
import type { DataType, Value } from '@millrace/batch';
import type { ColumnOrder } from '../pipeline.js';

export interface SampleColumn {
  readonly type: DataType;
  readonly order: ColumnOrder;
  readonly values: readonly Value[];
}

const UTF8: DataType = { kind: 'utf8' };
const NUMERICS = [
  '0',
  '0.00',
  '-1',
  '1',
  '1.0',
  '1.00',
  '9.99',
  '10',
  '123456789012345678901234567890',
];
const MORE_NUMERICS = [
  '0.1',
  '0.100',
  '9007199254740993',
  '9007199254740992',
  '9007199254740992.5',
];

export const SAMPLE_COLUMNS: readonly SampleColumn[] = [
  { type: { kind: 'bool' }, order: 'value', values: [true, false] },
  { type: { kind: 'int16' }, order: 'value', values: [-32_768, -1, 0, 1, 32_767] },
  { type: { kind: 'int32' }, order: 'value', values: [-0x80000000, -1, 0, 1, 2, 0x7fffffff] },
  { type: { kind: 'uint32' }, order: 'value', values: [0, 1, 0x7fffffff, 0x80000000, 0xffffffff] },
  {
    type: { kind: 'int64' },
    order: 'value',
    values: [
      -(2n ** 63n),
      -(2n ** 32n) - 1n,
      -1n,
      0n,
      1n,
      2n ** 32n,
      2n ** 53n + 1n,
      2n ** 63n - 1n,
    ],
  },
  {
    type: { kind: 'float32' },
    order: 'value',
    values: [
      -Infinity,
      -1.5,
      -0,
      0,
      1.401298464324817e-45,
      1,
      3.4028234663852886e38,
      Infinity,
      NaN,
    ],
  },
  {
    type: { kind: 'float64' },
    order: 'value',
    values: [-Infinity, -Number.MAX_VALUE, -1e-320, -0, 0, 5e-324, 0.1, 1, 2 ** 53, Infinity, NaN],
  },
  {
    type: { kind: 'decimal', precision: 30, scale: 2 },
    order: 'value',
    values: [
      '-99999999999999999999.99',
      '-0.01',
      '0.00',
      '0.01',
      '1.10',
      '99999999999999999999.98',
      '99999999999999999999.99',
      'NaN',
    ],
  },
  { type: { kind: 'date' }, order: 'value', values: [-0x80000000, -1, 0, 1, 0x7fffffff] },
  {
    type: { kind: 'timestamp', utc: true },
    order: 'value',
    values: [-(2n ** 63n), -(2n ** 63n) + 5n, -(2n ** 62n), -1n, 0n, 1n, 2n ** 62n, 2n ** 63n - 1n],
  },
  {
    type: { kind: 'uuid' },
    order: 'value',
    values: [
      '00000000-0000-0000-0000-000000000000',
      '00000000-0000-0000-0000-000000000001',
      '80000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-0000-ffffffffffff',
    ],
  },
  {
    type: UTF8,
    order: 'bytes',
    values: ['', 'a', 'ab', 'abcdefgh', 'abcdefghi', 'abcdefghj', 'zürich', '日本', '\u{1f682}'],
  },
  {
    type: UTF8,
    order: 'bpchar',
    values: ['', ' ', 'a', 'a  ', 'a b', 'abcdefghi', 'abcdefghi   '],
  },
  {
    type: UTF8,
    order: 'numeric',
    values: [...NUMERICS, ...MORE_NUMERICS, 'NaN', 'Infinity', '-Infinity'],
  },
  {
    type: { kind: 'binary' },
    order: 'value',
    values: [
      Uint8Array.of(),
      Uint8Array.of(0),
      Uint8Array.of(0, 0),
      Uint8Array.of(255),
      new Uint8Array(9),
    ],
  },
];

/** A value of the column; one in six is NULL. */
export function sampleValue(column: SampleColumn, below: (end: number) => number): Value {
  if (below(6) === 0) return null;
  return column.values[below(column.values.length)] as Value;
}

/** Numbers from 0 to end - 1 by a seed (mulberry32). */
export function seededBelow(seed: number): (end: number) => number {
  let state = seed >>> 0;
  return (end) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * end);
  };
}

/** `MILLRACE_SEED`, or the clock's. Put it into the test's name. */
export const SEED: number = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
