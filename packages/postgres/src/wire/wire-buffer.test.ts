import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WireBuffer } from './wire-buffer.js';

const held = (wire: WireBuffer): number[] => [...wire.bytes.subarray(0, wire.end)];

describe('WireBuffer', () => {
  test('gives memory back and keeps what is not consumed', () => {
    const wire = new WireBuffer(1000);
    wire.append(Buffer.from('0123456789'));
    wire.scanned = 4;
    wire.shrink(8);
    expect([wire.capacity, wire.scanned, wire.end]).toEqual([8, 0, 6]);
    expect(Buffer.from(wire.bytes.subarray(0, wire.end)).toString()).toBe('456789');
    wire.shrink(2);
    expect([wire.capacity, wire.view.byteLength]).toEqual([6, 6]);
    wire.shrink(100);
    expect(wire.capacity).toBe(6);
  });

  test('takes in as much as has room, and says how much that was', () => {
    const wire = new WireBuffer(5);
    expect(wire.append(Uint8Array.of(1, 2, 3))).toBe(3);
    expect([wire.room, wire.capacity]).toEqual([2, 5]);
    expect(wire.append(Uint8Array.of(4, 5, 6))).toBe(2);
    expect(held(wire)).toEqual([1, 2, 3, 4, 5]);
    expect(wire.append(Uint8Array.of(6))).toBe(0);
  });

  test('drops what was scanned and moves the rest to the front', () => {
    const wire = new WireBuffer(4);
    wire.append(Uint8Array.of(1, 2, 3, 4));
    wire.scanned = 3;
    wire.discardScanned();
    expect([held(wire), wire.scanned, wire.end, wire.room]).toEqual([[4], 0, 1, 3]);
  });

  test('grows with its bytes and positions, never shrinks', () => {
    const wire = new WireBuffer(2);
    wire.append(Uint8Array.of(7, 8));
    wire.scanned = 1;
    wire.grow(6);
    expect([held(wire), wire.scanned, wire.capacity]).toEqual([[7, 8], 1, 6]);
    expect(wire.view.getUint16(0)).toBe(0x0708);
    wire.bytes[0] = 9;
    expect(wire.view.getUint8(0)).toBe(9);
    wire.grow(3);
    expect(wire.capacity).toBe(6);
  });

  test('holds what a plain array holds, after any appends, scans, discards and growth', () => {
    const actions = fc.array(
      fc.oneof(
        fc.record({ append: fc.uint8Array({ maxLength: 9 }) }),
        fc.record({ scan: fc.nat(9) }),
        fc.record({ grow: fc.nat(30) }),
        fc.constant({ discard: true }),
      ),
    );
    fc.assert(
      fc.property(actions, (steps) => {
        const wire = new WireBuffer(8);
        let naive: number[] = [];
        for (const step of steps) {
          if ('append' in step) naive.push(...step.append.subarray(0, wire.append(step.append)));
          else if ('scan' in step) wire.scanned = Math.min(wire.end, wire.scanned + step.scan);
          else if ('grow' in step) wire.grow(step.grow);
          else {
            naive = naive.slice(wire.scanned);
            wire.discardScanned();
          }
          expect(held(wire)).toEqual(naive);
          expect(wire.room).toBe(wire.capacity - naive.length);
        }
      }),
    );
  });
});
