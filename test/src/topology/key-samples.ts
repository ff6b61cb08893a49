/**
 * Random values for every type a hashed shard key can have, each twice: as a user's program holds it, and as text that
 * PostgreSQL casts to the type. The ends of ranges and the values PostgreSQL treats specially come often.
 */
import type { KeyType } from '@millrace/engine';

/** One value: what the partition hash is given, and what the server is given. */
export interface KeySample {
  readonly value: unknown;
  readonly sql: string | null;
}

/** A seeded generator of numbers in [0, 1): the same seed gives the same run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Draws a value of the type; one in twelve is NULL. */
export function sampleKey(type: KeyType, random: () => number): KeySample {
  if (random() < 1 / 12) return { value: random() < 0.5 ? null : undefined, sql: null };
  return samplers[type](random);
}

type Random = () => number;

const below = (random: Random, end: number): number => Math.floor(random() * end);
const pick = <T>(random: Random, values: readonly T[]): T =>
  values[below(random, values.length)] as T;

const samplers: Readonly<Record<KeyType, (random: Random) => KeySample>> = {
  bool: (random) => same(random() < 0.5),
  int2: (random) => integer(random, pick(random, [0n, -1n, 32767n, -32768n, bits(random, 16)])),
  int4: (random) =>
    integer(random, pick(random, [0n, -1n, 2147483647n, -2147483648n, bits(random, 32)])),
  int8: (random) =>
    integer(
      random,
      pick(random, [
        0n,
        -1n,
        2n ** 63n - 1n,
        -(2n ** 63n),
        2n ** 53n,
        -(2n ** 32n),
        bits(random, 33),
        bits(random, 64),
      ]),
    ),
  oid: (random) =>
    integer(random, pick(random, [0n, 4294967295n, BigInt.asUintN(32, bits(random, 32))])),
  float4: (random) =>
    float(
      pick(random, [
        0,
        -0,
        NaN,
        Infinity,
        -Infinity,
        1.5,
        0.1,
        1e-45,
        3.4e38,
        Math.fround(random() * 1e6),
      ]),
    ),
  float8: (random) =>
    float(
      pick(random, [
        0,
        -0,
        NaN,
        Infinity,
        -Infinity,
        0.1,
        5e-324,
        1.7e308,
        random() * 1e9,
        -random(),
      ]),
    ),
  numeric: numericSample,
  text: (random) => same(textOf(random)),
  varchar: (random) => same(textOf(random)),
  bpchar: (random) => same(textOf(random) + ' '.repeat(below(random, 4))),
  name: (random) => same(textOf(random).slice(0, 15)),
  bytea: byteaSample,
  uuid: uuidSample,
  date: dateSample,
  timestamp: (random) => timestampSample(random, false),
  timestamptz: (random) => timestampSample(random, true),
};

function same(value: string | boolean): KeySample {
  return { value, sql: String(value) };
}

function bits(random: Random, width: number): bigint {
  const high = BigInt(below(random, 0x1_0000_0000));
  return BigInt.asIntN(width, (high << 32n) | BigInt(below(random, 0x1_0000_0000)));
}

function integer(random: Random, value: bigint): KeySample {
  const forms: unknown[] = [value, String(value)];
  if (Number.isSafeInteger(Number(value))) forms.push(Number(value));
  return { value: pick(random, forms), sql: String(value) };
}

function float(value: number): KeySample {
  return { value, sql: Object.is(value, -0) ? '-0' : String(value) };
}

function numericSample(random: Random): KeySample {
  const digits = (length: number): string =>
    Array.from({ length }, () => pick(random, [...'0001234567899'])).join('');
  const sign = pick(random, ['', '-']);
  const text = pick(random, [
    () =>
      pick(random, [
        'NaN',
        'Infinity',
        '-Infinity',
        '0',
        '0.000',
        '-0',
        '1.0',
        '1.00',
        '10000',
        '9999.9999',
      ]),
    () => sign + (digits(below(random, 20)) || '0'),
    () => `${sign}${digits(1 + below(random, 30))}.${digits(1 + below(random, 30))}`,
    () => `${sign}0.${'0'.repeat(below(random, 25))}${digits(1 + below(random, 9))}`,
    () => `${sign}${digits(1 + below(random, 5))}${'0'.repeat(below(random, 40))}`,
    () => `${digits(3) || '1'}e${pick(random, ['', '-'])}${below(random, 60)}`,
  ])();
  const number = Number(text);
  const asNumber = String(number) === text && random() < 0.5;
  return { value: asNumber ? number : text, sql: text };
}

function textOf(random: Random): string {
  const alphabet = pick(random, ['abcXYZ 019', 'aé ß', '日本語x', '😀a𝄞', ' ']);
  const symbols = Array.from(alphabet);
  return Array.from({ length: below(random, 41) }, () => pick(random, symbols)).join('');
}

function byteaSample(random: Random): KeySample {
  const value = Uint8Array.from({ length: below(random, 41) }, () => below(random, 256));
  return { value, sql: `\\x${Buffer.from(value).toString('hex')}` };
}

function uuidSample(random: Random): KeySample {
  const hex = Array.from({ length: 32 }, () => below(random, 16).toString(16)).join('');
  const text = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { value: pick(random, [text, text.toUpperCase(), hex, `{${text}}`]), sql: text };
}

const INFINITE: readonly KeySample[] = [
  { value: Number.POSITIVE_INFINITY, sql: 'infinity' },
  { value: '-infinity', sql: '-infinity' },
];

const two = (n: number): string => String(n).padStart(2, '0');

function calendarDay(random: Random): string {
  const year = pick(random, [1000 + below(random, 9000), 1900 + below(random, 200), 2000, 1999]);
  return `${String(year).padStart(4, '0')}-${two(1 + below(random, 12))}-${two(1 + below(random, 28))}`;
}

function dateSample(random: Random): KeySample {
  if (random() < 0.1) return pick(random, INFINITE);
  const text = pick(random, [
    calendarDay(random),
    `1${calendarDay(random).slice(1)} BC`,
    '4713-01-01 BC',
    '5874897-12-31',
    '2000-02-29',
  ]);
  if (!/^[12]\d{3}-\d\d-\d\d$/.test(text) || random() < 0.5) return same(text);
  const [year, month, day] = text.split('-').map(Number) as [number, number, number];
  return { value: new Date(year, month - 1, day), sql: text };
}

function timestampSample(random: Random, zoned: boolean): KeySample {
  if (random() < 0.1) return pick(random, INFINITE);
  const fraction = pick(random, ['', '.5', '.123', '.000001', '.999999']);
  const clock = `${two(below(random, 24))}:${two(below(random, 60))}:${two(below(random, 60))}${fraction}`;
  const offset = zoned ? pick(random, ['Z', '+00', '-08', '+05:30', '-00:25:21']) : '';
  if (random() < 0.1)
    return same(
      pick(random, [`294276-12-30 ${clock}${offset}`, `4700-01-01 ${clock}${offset} BC`]),
    );
  if (random() < 0.5)
    return same(`${calendarDay(random)}${pick(random, [' ', 'T'])}${clock}${offset}`);
  const date = new Date(
    Date.UTC(
      1950 + below(random, 120),
      below(random, 12),
      1 + below(random, 28),
      12,
      0,
      0,
      below(random, 1000),
    ),
  );
  return { value: date, sql: zoned ? date.toISOString() : localText(date) };
}

function localText(date: Date): string {
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
