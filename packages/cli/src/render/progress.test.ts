import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Progress, progressLines } from './progress.js';

const event = (shard: string, rows: number, done = false) => ({
  shard,
  rows,
  bytes: rows * 100,
  done,
});

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('progress', () => {
  test('a line a shard, and one for all shards that are too many', () => {
    expect(progressLines([event('a\u001b', 20_000), event('b', 1, true)])).toEqual([
      '… a\\x1b  20,000 rows  2 MB',
      '✔ b  1 rows  0 MB',
    ]);
    const many = Array.from({ length: 15 }, (_, i) => event(`s${i}`, 10, i > 0));
    const lines = progressLines(many);
    expect(lines).toHaveLength(13);
    expect(lines.at(-1)).toBe('✔ 3 more  30 rows  0 MB');
  });

  test('draws over what it drew, at a pace of its own, and leaves nothing', () => {
    const outlet = Object.assign(new PassThrough({ encoding: 'utf8' }), {
      isTTY: true,
      columns: 12,
    });
    const drawn = (): unknown => outlet.read();
    const progress = new Progress(outlet);
    progress.update(event('a', 1));
    progress.update(event('b', 2));
    expect(drawn()).toBeNull();
    vi.advanceTimersByTime(100);
    expect(drawn()).toBe('… a  1 rows\n… b  2 rows\n');
    vi.advanceTimersByTime(1_000);
    expect(drawn()).toBeNull();
    progress.update(event('a', 3));
    vi.advanceTimersByTime(100);
    expect(drawn()).toBe('\r\u001b[1A\u001b[1A\u001b[J… a  3 rows\n… b  2 rows\n');
    progress.stop();
    expect(drawn()).toBe('\r\u001b[1A\u001b[1A\u001b[J');
    progress.update(event('a', 4));
    vi.advanceTimersByTime(1_000);
    expect(drawn()).toBeNull();
  });
});
