import { describe, expect, test } from 'vitest';
import { type Hash64, hashUint32Extended } from './hash-bytes.js';
import { type KeyType, keyHasher, keyTypeOfOid } from './key-hash.js';

function hashOf(type: KeyType, value: unknown): string {
  const out: Hash64 = { hi: 0, lo: 0 };
  keyHasher(type)(value, out);
  return ((BigInt(out.hi >>> 0) << 32n) | BigInt(out.lo >>> 0)).toString(16);
}

describe('a key is hashed as the type’s own extended hash function does with the partitioning seed', () => {
  // `select to_hex(hash…extended(value, 8816678312871386365))` of a PostgreSQL 15.
  test.each<[KeyType, unknown, string]>([
    ['int2', 1, '52d621058124e6d5'],
    ['int4', 0, 'c2e34bda39f0f0cd'],
    ['int4', -1, 'ba5fc748095606c2'],
    ['int4', '2147483647', 'ac09237e4899f89c'],
    ['int8', -1n, 'ba5fc748095606c2'],
    ['int8', 4294967296, '52d621058124e6d5'],
    ['int8', '9223372036854775807', '44893a0f1e949193'],
    ['int8', -(2n ** 63n), 'ac09237e4899f89c'],
    ['numeric', '0', '7a5b22367996dcfc'],
    ['numeric', '1.00', 'd32735c3aa01325e'],
    ['numeric', -1, 'd32735c3aa01325e'],
    ['numeric', 'NaN', '7a5b22367996dcfd'],
    ['numeric', 10000n, 'd32735c3aa01325f'],
    ['numeric', '1.2e-4', '2aa5ca40361a3a28'],
    ['numeric', '0012345678.900', '3fd061ab1ccf12d3'],
    ['float8', 0, '7a5b22367996dcfd'],
    ['float8', -0, '7a5b22367996dcfd'],
    ['float8', 1.5, 'd8c6ab5825f8a79e'],
    ['float4', 1.5, 'd8c6ab5825f8a79e'],
    ['float8', Number.NaN, 'a62116ad7d2d4f85'],
    ['float8', '-Infinity'.slice(1), 'bb0575fd234c41fc'],
    ['text', 'ABE', '19ea9f3da3bcf51d'],
    ['bpchar', 'ABE   ', '19ea9f3da3bcf51d'],
    ['bytea', Uint8Array.of(65, 66, 69), '19ea9f3da3bcf51d'],
    ['uuid', '{00112233-4455-6677-8899-AABBCCDDEEFF}', '874451fadcc360a3'],
    ['date', '2001-01-31', 'dc0c151bb654c640'],
    ['timestamp', '2001-01-01 00:01', '771b80cd67595297'],
    ['timestamptz', '2001-01-01T02:01+02', '771b80cd67595297'],
    ['timestamptz', new Date(Date.UTC(2001, 0, 1, 0, 1)), '771b80cd67595297'],
  ])('%s %s', (type, value, expected) => {
    expect(hashOf(type, value)).toBe(expected);
  });

  test('text longer than the scratch buffer, ASCII or not, hashes as its bytes', () => {
    for (const text of ['a'.repeat(5000), '日'.repeat(5000)]) {
      expect(hashOf('text', text)).toBe(hashOf('bytea', new TextEncoder().encode(text)));
    }
  });

  test('booleans and OIDs hash as the integers they are', () => {
    const out: Hash64 = { hi: 0, lo: 0 };
    hashUint32Extended(1, { hi: 0x7a5b2236, lo: 0x7996dcfd }, out);
    expect(hashOf('bool', true)).toBe(hashOf('int4', 1));
    expect(hashOf('oid', 4294967295)).toBe(hashOf('int4', -1));
  });
});

describe('a value that the column cannot hold is refused', () => {
  test.each<[KeyType, unknown]>([
    ['int2', 32768],
    ['int4', 1.5],
    ['int4', 2147483648n],
    ['oid', -1],
    ['int8', 2 ** 53],
    ['int8', 2n ** 63n],
    ['date', '2001-02-29'],
    ['date', '0000-01-01'],
    ['timestamp', '2001-01-01 25:00'],
    ['timestamptz', new Date(Number.NaN)],
  ])('%s %s is out of range', (type, value) => {
    expect(() => hashOf(type, value)).toThrow(RangeError);
  });

  test.each<[KeyType, unknown]>([
    ['bool', 't'],
    ['int4', true],
    ['int8', ''],
    ['float8', 'x'],
    ['float8', ''],
    ['numeric', '.'],
    ['numeric', {}],
    ['text', 1],
    ['bpchar', null],
    ['bytea', 'ff'],
    ['uuid', '0011'],
    ['date', '31.01.2001'],
    ['timestamptz', '2001-01-01 00:01'],
  ])('%s %s is of the wrong kind', (type, value) => {
    expect(() => hashOf(type, value)).toThrow(TypeError);
  });
});

test('types are found by their number, and others are refused', () => {
  expect(keyTypeOfOid(1043)).toBe('varchar');
  expect(keyTypeOfOid(114)).toBeUndefined();
  expect(() => keyHasher('json' as KeyType)).toThrow(TypeError);
});
