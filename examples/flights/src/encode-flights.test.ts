import { expect, test } from 'vitest';
import { encodeFlights } from './encode-flights.js';

const flights = {
  date: [0, 31_536_060_000_000, -1],
  delay: [-5n, 90n, 0n],
  distance: [2176n, 21n, 4962n],
  origin: ['LAS', 'ORD', 'LAS'],
  destination: ['PHL', 'X', 'Zürich'],
};

/** Reads the rows of a binary COPY back, as the format's description says. */
function decode(bytes: Uint8Array): unknown[] {
  const view = new DataView(bytes.buffer);
  const rows: unknown[] = [];
  let at = 0;
  const text = (): string => {
    const length = view.getInt32(at);
    at += 4 + length;
    return new TextDecoder().decode(bytes.subarray(at - length, at));
  };
  while (at < bytes.length) {
    expect([
      view.getInt16(at),
      view.getInt32(at + 2),
      view.getInt32(at + 14),
      view.getInt32(at + 22),
    ]).toEqual([5, 8, 4, 4]);
    const fixed = [view.getBigInt64(at + 6), view.getInt32(at + 18), view.getInt32(at + 26)];
    at += 30;
    rows.push([...fixed, text(), text()]);
  }
  return rows;
}

test('each flight is encoded on the shard of its origin, and buffers hold exactly their rows', () => {
  const asked: string[] = [];
  const encoded = encodeFlights(flights, 3, (origin) => {
    asked.push(origin);
    return origin === 'LAS' ? 2 : 0;
  });
  expect(encoded.map(({ rows }) => rows)).toEqual([1, 0, 2]);
  expect(encoded.map(({ bytes }) => decode(bytes))).toEqual([
    [[31_536_060_000_000n, 90, 21, 'ORD', 'X']],
    [],
    [
      [0n, -5, 2176, 'LAS', 'PHL'],
      [-1n, 0, 4962, 'LAS', 'Zürich'],
    ],
  ]);
  expect(new Set(asked).size).toBe(asked.length);
});
