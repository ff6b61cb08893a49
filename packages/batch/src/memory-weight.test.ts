import { expect, test } from 'vitest';
import { isWeighed, weigh } from './memory-weight.js';

const LARGE = 100 << 20;

/** Most memory of this process that shared buffers took while many came and went, in bytes. */
async function peakOf(count: number, keep: (buffer: SharedArrayBuffer) => void): Promise<number> {
  const before = process.memoryUsage.rss();
  let peak = 0;
  for (let i = 0; i < count; i++) {
    const buffer = new SharedArrayBuffer(LARGE);
    new Uint8Array(buffer).fill(1);
    keep(buffer);
    // Garbage is collected between the turns of the event loop, as it is between batches.
    await new Promise((resolve) => setImmediate(resolve));
    peak = Math.max(peak, process.memoryUsage.rss() - before);
  }
  return peak;
}

test('dead shared buffers with a weight are collected as they come', async () => {
  expect(await peakOf(20, (buffer) => weigh(buffer, buffer.byteLength))).toBeLessThan(15 * LARGE);
});

test('a weight is counted, once, and takes no memory itself', () => {
  const before = process.memoryUsage();
  const owners = Array.from({ length: 10 }, () => ({}));
  for (const owner of owners) {
    weigh(owner, LARGE);
    weigh(owner, LARGE);
  }
  const { rss, arrayBuffers } = process.memoryUsage();
  expect(owners.every(isWeighed)).toBe(true);
  expect(rss - before.rss).toBeLessThan(LARGE);
  expect(arrayBuffers - before.arrayBuffers).toBeLessThanOrEqual(10 * LARGE);
});

test('what is small has none; what is too large for one buffer has the greatest', () => {
  const [small, huge] = [{}, {}];
  weigh(small, 1 << 20);
  weigh(huge, 2 ** 50);
  expect([isWeighed(small), isWeighed(huge)]).toEqual([false, true]);
});
