import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BufferPool } from './buffer-pool.js';

describe('BufferPool', () => {
  test('gives a small buffer as small as it is asked for, a large one with room for the next batch', () => {
    const pool = new BufferPool(4);
    expect(pool.take(1).byteLength).toBe(1);
    expect(pool.take(65_536).byteLength).toBe(65_536);
    const large = pool.take(1_000_000).byteLength;
    expect(large % 65_536).toBe(0);
    expect(large).toBeGreaterThanOrEqual(1_000_000);
    expect(large).toBeLessThanOrEqual(1_000_000 * 1.1 + 65_536);
  });

  test('gives a buffer that came back, if it is large enough, and only once', () => {
    const pool = new BufferPool(4);
    const [small, large] = [new SharedArrayBuffer(10), new SharedArrayBuffer(1000)];
    pool.give(small);
    pool.give(large);
    expect(pool.take(500)).toBe(large);
    expect(pool.take(500)).not.toBe(large);
    expect(pool.take(10)).toBe(small);
    expect(pool.take(10)).not.toBe(small);
  });

  test('keeps no more than its limit, the latest ones', () => {
    const pool = new BufferPool(2);
    const buffers = [1, 2, 3].map(() => new SharedArrayBuffer(100));
    for (const buffer of buffers) pool.give(buffer);
    expect([pool.take(100), pool.take(100)]).toEqual([buffers[1], buffers[2]]);
    expect(buffers).not.toContain(pool.take(100));
  });

  test('gives what one large row needed to the next large row only, and no more than a mebibyte of room', () => {
    const pool = new BufferPool(4);
    const large = new SharedArrayBuffer(100 << 20);
    pool.give(large);
    expect(pool.take(1 << 20)).not.toBe(large);
    expect(pool.take(50 << 20)).toBe(large);
    expect(pool.take(100_000_000).byteLength).toBeLessThan(100_000_000 + (1 << 20) + 65_536);
  });

  test('never gives one that is too small, or that somebody still has', () => {
    const steps = fc.array(
      fc.oneof(fc.record({ take: fc.nat(300_000) }), fc.record({ give: fc.nat(5) })),
    );
    fc.assert(
      fc.property(steps, (all) => {
        const pool = new BufferPool(3);
        const taken: SharedArrayBuffer[] = [];
        for (const step of all) {
          if ('take' in step) {
            const buffer = pool.take(step.take);
            expect(buffer.byteLength).toBeGreaterThanOrEqual(step.take);
            expect(taken).not.toContain(buffer);
            taken.push(buffer);
          } else if (taken.length > 0) {
            pool.give(taken.splice(step.give % taken.length, 1)[0]!);
          }
        }
      }),
    );
  });
});
