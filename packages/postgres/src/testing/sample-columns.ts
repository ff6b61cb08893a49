/** A column of each decoded type: how a value travels, made from plain values, and what it must become. For tests. */
import type { Value } from '@millrace/batch';
import type { ColumnDescription } from '../wire/messages-in.js';
import { column, numericModifier } from './result-columns.js';
import { float32, float64, int16, int32, int64 } from './wire-encoder.js';

export interface SampleColumn {
  readonly name: string;
  readonly description: ColumnDescription;
  readonly format: 0 | 1;
  /** The bytes of one value, given as `Vector.at` gives it. */
  readonly encode: (value: Value) => Buffer;
  /** The opposite, naively; undefined where the bytes are no value of the type. */
  readonly decode: (bytes: Buffer) => Value | undefined;
  readonly edges: readonly Value[];
}

const DATE_EPOCH = 10_957;
const TIMESTAMP_EPOCH = BigInt(DATE_EPOCH) * 86_400_000_000n;
const DATE_INFINITY = [0x7fffffff, -0x80000000];
const TIMESTAMP_INFINITY = [2n ** 63n - 1n, -(2n ** 63n)];

const ofLength = (length: number, read: (bytes: Buffer) => Value) => (bytes: Buffer) =>
  bytes.length === length ? read(bytes) : undefined;

const textBytes = (value: Value): Buffer => Buffer.from(value as string);

function naiveDecimal(scale: number) {
  return (bytes: Buffer): Value | undefined => {
    const text = bytes.toString('latin1');
    if (text === 'NaN') return text;
    if (!/^-?\d+(\.\d+)?$/.test(text)) return undefined;
    const [whole = '', fraction = ''] = text.split('.');
    if (fraction.length !== scale) return undefined;
    const zero = /^-[0.]*$/.test(text);
    return `${text.startsWith('-') && !zero ? '-' : ''}${BigInt(whole.replace('-', ''))}${scale > 0 ? `.${fraction}` : ''}`;
  };
}

function decimalColumn(precision: number, scale: number): SampleColumn {
  const nines = '9'.repeat(precision);
  const place = (digits: string): string =>
    scale === 0
      ? digits
      : `${digits.slice(0, precision - scale) || '0'}.${digits.slice(precision - scale)}`;
  const zero = scale === 0 ? '0' : `0.${'0'.repeat(scale)}`;
  return {
    name: `numeric(${precision},${scale})`,
    description: column('numeric', 1700, numericModifier(precision, scale)),
    format: 0,
    encode: textBytes,
    decode: naiveDecimal(scale),
    edges: [
      place(nines),
      `-${place(nines)}`,
      zero,
      'NaN',
      `${zero.slice(0, -1)}1`,
      `-${zero.slice(0, -1)}1`,
    ],
  };
}

function timestampColumn(name: string, oid: number): SampleColumn {
  return {
    name,
    description: column(name, oid),
    format: 1,
    encode: (value) => {
      const micros = value as bigint;
      return int64(
        TIMESTAMP_INFINITY.includes(micros) ? micros : BigInt.asIntN(64, micros - TIMESTAMP_EPOCH),
      );
    },
    decode: ofLength(8, (bytes) => {
      const micros = bytes.readBigInt64BE();
      return TIMESTAMP_INFINITY.includes(micros)
        ? micros
        : BigInt.asIntN(64, micros + TIMESTAMP_EPOCH);
    }),
    // 4714 BC, around 1970 and 2000, words that carry, 294276 AD (which wraps).
    edges: [...TIMESTAMP_INFINITY, -210_866_803_200_000_000n, -1n, 0n, 1n]
      .concat([TIMESTAMP_EPOCH - 1n, TIMESTAMP_EPOCH, TIMESTAMP_EPOCH + 2n ** 32n, 2n ** 32n - 1n])
      .concat([BigInt.asIntN(64, 9_223_371_331_200_000_000n - 1n + TIMESTAMP_EPOCH)]),
  };
}

function binary(
  name: string,
  oid: number,
  edges: readonly Value[],
  [length, write, read]: readonly [number, (value: never) => Buffer, (bytes: Buffer) => Value],
): SampleColumn {
  const encode = write as (value: Value) => Buffer;
  return {
    name,
    description: column(name, oid),
    format: 1,
    encode,
    decode: ofLength(length, read),
    edges,
  };
}

const FLOATS = [-0, 0, 1.5, Infinity, -Infinity, NaN];

const UUIDS = [
  '00000000-0000-0000-0000-000000000000',
  '01234567-89ab-cdef-fedc-ba9876543210',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
];

export const SAMPLE_COLUMNS: readonly SampleColumn[] = [
  binary(
    'bool',
    16,
    [true, false],
    [1, (value: boolean) => Buffer.of(value ? 1 : 0), (bytes) => bytes[0] !== 0],
  ),
  binary('int2', 21, [-32_768, -1, 0, 32_767], [2, int16, (bytes) => bytes.readInt16BE()]),
  binary('int4', 23, [-0x80000000, -1, 0, 0x7fffffff], [4, int32, (bytes) => bytes.readInt32BE()]),
  binary(
    'int8',
    20,
    [-(2n ** 63n), -1n, 0n, 2n ** 32n, 2n ** 63n - 1n],
    [8, int64, (bytes) => bytes.readBigInt64BE()],
  ),
  binary(
    'oid',
    26,
    [0, 0x80000000, 0xffffffff],
    [4, (value: number) => int32(value | 0), (bytes) => bytes.readUInt32BE()],
  ),
  binary(
    'float4',
    700,
    [...FLOATS, 2 ** -149, 3.4028234663852886e38],
    [4, float32, (bytes) => bytes.readFloatBE()],
  ),
  binary(
    'float8',
    701,
    [...FLOATS, Number.MIN_VALUE, -Number.MAX_VALUE],
    [8, float64, (bytes) => bytes.readDoubleBE()],
  ),
  binary('uuid', 2950, UUIDS, [
    16,
    (value: string) => Buffer.from(value.replaceAll('-', ''), 'hex'),
    (bytes) => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
  ]),
  binary(
    'date',
    1082,
    [...DATE_INFINITY, -2_440_588 + 10_957, -1, 0, 2_145_031_948 + DATE_EPOCH],
    [
      4,
      (days: number) => int32(DATE_INFINITY.includes(days) ? days : days - DATE_EPOCH),
      (bytes) => {
        const days = bytes.readInt32BE();
        return DATE_INFINITY.includes(days) ? days : (days + DATE_EPOCH) | 0;
      },
    ],
  ),
  timestampColumn('timestamp', 1114),
  timestampColumn('timestamptz', 1184),
  decimalColumn(12, 2),
  decimalColumn(38, 0),
  decimalColumn(38, 38),
  decimalColumn(38, 10),
  {
    name: 'text',
    description: column('text', 25),
    format: 0,
    encode: textBytes,
    decode: (bytes) => bytes.toString('utf8'),
    edges: [
      '',
      'a',
      'Zürich',
      '日本',
      '\u{1f682}',
      'x'.repeat(47),
      'y'.repeat(48),
      'z'.repeat(300),
    ],
  },
  {
    name: 'bytea',
    description: column('bytea', 17),
    format: 1,
    encode: (value) => Buffer.from(value as Uint8Array),
    decode: (bytes) => new Uint8Array(bytes),
    edges: [
      new Uint8Array(),
      Uint8Array.of(0),
      Uint8Array.of(255, 0, 128),
      new Uint8Array(100).fill(7),
    ],
  },
];
