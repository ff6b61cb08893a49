import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Interruption } from './interruption.js';

class FakeProcess extends EventEmitter {
  readonly pid = 42;
  readonly killed: unknown[] = [];
  kill(pid: number, signal: string): void {
    this.killed.push([pid, signal]);
  }
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])(
    '%s aborts, and ends the process at the end',
    (signal) => {
      const target = new FakeProcess();
      const interruption = new Interruption(target);
      target.emit(signal, signal);
      expect(interruption.signal.aborted).toBe(true);
      expect(interruption.signal.reason).toMatchObject({ message: `ended by ${signal}` });
      expect(target.killed).toEqual([]);
      interruption.finish();
      expect(target.killed).toEqual([[42, signal]]);
      expect(target.eventNames()).toEqual([]);
    },
  );

  test('none: the process ends by itself', () => {
    const target = new FakeProcess();
    new Interruption(target).finish();
    expect(target.killed).toEqual([]);
    expect(target.eventNames()).toEqual([]);
  });

  test('one that is repeated at once is the same one; one that follows later ends the process', () => {
    const target = new FakeProcess();
    new Interruption(target);
    target.emit('SIGINT', 'SIGINT');
    target.emit('SIGINT', 'SIGINT');
    expect(target.killed).toEqual([]);
    vi.advanceTimersByTime(1_000);
    target.emit('SIGINT', 'SIGINT');
    expect(target.killed).toEqual([[42, 'SIGINT']]);
  });
});
