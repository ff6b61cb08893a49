import { describe, expect, test } from 'vitest';
import {
  type Hash64,
  hashBytesExtended,
  hashCombine64,
  hashUint32Extended,
  remainder64,
} from './hash-bytes.js';

const NO_SEED: Hash64 = { hi: 0, lo: 0 };
const PARTITION_SEED: Hash64 = { hi: 0x7a5b2236, lo: 0x7996dcfd };

function toBigInt({ hi, lo }: Hash64): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

function fromBigInt(value: bigint): Hash64 {
  return { hi: Number(value >> 32n) | 0, lo: Number(value & 0xffff_ffffn) | 0 };
}

describe('hashBytesExtended', () => {
  // Each row: `select to_hex(hashtextextended(t, 0)), to_hex(hashtextextended(t, seed))` of a PostgreSQL 15.
  test.each([
    ['', '9fb1b765a7ea466d', 'b0e33d0b543fbfc3'],
    ['a', '31d94c66401370b1', 'a2f240f8823ba67b'],
    ['ABE', 'e4415ff12f0ef4d1', '19ea9f3da3bcf51d'],
    ['abcdefghijk', '2b3346a5a78ef3d3', 'e39999edea562278'],
    ['abcdefghijkl', '97216e83a1763ad4', '92b003d370554786'],
    ['abcdefghijklm', '7b1e572e1830c6d0', 'a1d42895caa786b3'],
    ['Zürich 日本', '61b8dcefbc436ea5', 'db25022fabb0c1c6'],
  ])('hashes %j as the server does, with and without a seed', (text, unseeded, seeded) => {
    const bytes = new TextEncoder().encode(text);
    const out: Hash64 = { hi: 0, lo: 0 };
    hashBytesExtended(bytes, bytes.length, NO_SEED, out);
    expect(toBigInt(out).toString(16)).toBe(unseeded);
    hashBytesExtended(bytes, bytes.length, PARTITION_SEED, out);
    expect(toBigInt(out).toString(16)).toBe(seeded);
  });

  test('reads the given length only', () => {
    const long: Hash64 = { hi: 0, lo: 0 };
    const short: Hash64 = { hi: 0, lo: 0 };
    hashBytesExtended(Uint8Array.of(65, 66, 67, 68), 2, PARTITION_SEED, long);
    hashBytesExtended(Uint8Array.of(65, 66), 2, PARTITION_SEED, short);
    expect(long).toEqual(short);
  });
});

describe('hashUint32Extended', () => {
  test.each([0, 1, -1, 2147483647, -2147483648])('hashes %i as its four bytes', (value) => {
    const integer: Hash64 = { hi: 0, lo: 0 };
    const bytes: Hash64 = { hi: 0, lo: 0 };
    hashUint32Extended(value, PARTITION_SEED, integer);
    hashBytesExtended(new Uint8Array(Int32Array.of(value).buffer), 4, PARTITION_SEED, bytes);
    expect(integer).toEqual(bytes);
  });
});

const SAMPLES = [
  0n,
  1n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x1_0000_0000n,
  0x8000_0000_0000_0000n,
  0xffff_ffff_ffff_ffffn,
  0x0123_4567_89ab_cdefn,
];

test('hashCombine64 is the 64-bit formula', () => {
  for (const row of SAMPLES) {
    for (const next of SAMPLES) {
      const expected =
        row ^ BigInt.asUintN(64, next + 0x49a0f4dd15e5a8e3n + (row << 54n) + (row >> 7n));
      const halves = fromBigInt(row);
      hashCombine64(halves, fromBigInt(next));
      expect(toBigInt(halves)).toBe(expected);
    }
  }
});

test('remainder64 is the unsigned remainder, up to the largest modulus', () => {
  for (const value of SAMPLES) {
    for (const modulus of [1, 2, 3, 4, 7, 65536, 65537, 2147483647]) {
      expect(BigInt(remainder64(fromBigInt(value), modulus))).toBe(value % BigInt(modulus));
    }
  }
});
