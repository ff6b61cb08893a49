import { describe, expect, test } from 'vitest';
import { allocateLedger, SessionLedger } from './session-ledger.js';

const entry = (shard: number, processId: number) => ({
  shard,
  server: shard % 2,
  key: { processId, secretKey: -processId },
});

describe('SessionLedger', () => {
  test('tells what dead threads were using, once, and nothing of living ones', () => {
    const memory = allocateLedger(4);
    const written = new SessionLedger(memory);
    written.enter(1, entry(0, 100));
    written.enter(1, entry(3, 200));
    written.enter(2, entry(3, 300));
    written.leave(1, entry(0, 100));
    const found = new SessionLedger(memory);
    expect(found.takeOrphans(new Set([1, 2]))).toEqual([]);
    expect(found.takeOrphans(new Set([2]))).toEqual([entry(3, 200)]);
    expect(found.takeOrphans(new Set([2]))).toEqual([]);
    expect(found.takeOrphans(new Set())).toEqual([entry(3, 300)]);
  });

  test('uses places again, and goes without where there is none', () => {
    const ledger = new SessionLedger(allocateLedger(2));
    for (let round = 1; round <= 5; round++) {
      for (const pid of [1, 2, 3]) ledger.enter(7, entry(round, pid));
      expect(ledger.takeOrphans(new Set()).length).toBe(2);
    }
  });
});
