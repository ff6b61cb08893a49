import { expect, test } from 'vitest';
import { createHashPartitioner, createPartitionHash, hashPartitionOf } from './partition-hash.js';

test('a key of NULLs only hashes to zero and lies on the first shard', () => {
  expect(createPartitionHash(['text', 'int4'])([null, undefined])).toEqual({ hi: 0, lo: 0 });
  expect(hashPartitionOf(['text', 'int4'], [null, undefined], 7)).toBe(0);
});

test('a NULL column is skipped, so the key hashes as the rest of it', () => {
  expect(createPartitionHash(['int4', 'text'])([null, 'ABE'])).toEqual(
    createPartitionHash(['text'])(['ABE']),
  );
});

test('halves are unsigned, and the remainder is that of their 64-bit value', () => {
  const hash = createPartitionHash(['int4']);
  for (let i = 0; i < 200; i++) {
    const { hi, lo } = hash([i]);
    expect(Math.min(hi, lo)).toBeGreaterThanOrEqual(0);
    expect(hashPartitionOf(['int4'], [i], 10)).toBe(
      Number(((BigInt(hi) << 32n) | BigInt(lo)) % 10n),
    );
  }
});

test('results do not share state between calls', () => {
  const hash = createPartitionHash(['text']);
  const first = hash(['a']);
  const copy = { ...first };
  hash(['b']);
  expect(first).toEqual(copy);
});

test('a key of another length, no column, or an impossible modulus is refused', () => {
  expect(() => hashPartitionOf(['int4'], [1, 2], 4)).toThrow(RangeError);
  expect(() => createPartitionHash([])).toThrow(RangeError);
  for (const modulus of [0, -1, 1.5, 2 ** 31, Number.NaN]) {
    expect(() => createHashPartitioner(['int4'], modulus)).toThrow(RangeError);
  }
});
