import type { Value } from '@millrace/batch';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprint } from './testing/naive-decoder.js';
import { capacityBound, drive } from './testing/reader-drive.js';
import { SAMPLE_COLUMNS } from './testing/sample-columns.js';
import { commandComplete, dataRow } from './testing/wire-encoder.js';

/** Some rows of every type, edges and NULLs. */
const ROWS: Value[][] = Array.from({ length: 8 }, (_, row) =>
  SAMPLE_COLUMNS.map(({ edges }, column) =>
    (row * 7 + column) % 6 === 0 ? null : (edges[row % edges.length] as Value),
  ),
);

function encode(rows: readonly (readonly Value[])[]): Buffer {
  return Buffer.concat(
    rows.map((row) =>
      dataRow(
        row.map((value, column) => (value === null ? null : SAMPLE_COLUMNS[column]!.encode(value))),
      ),
    ),
  );
}

const BYTES = Buffer.concat([encode(ROWS), commandComplete('SELECT 8')]);
const EXPECTED = fingerprint(ROWS);
const MANY_ROWS = Array.from({ length: 40 }, (_, i) => ROWS[(i * 5) % ROWS.length]!);
const MANY_BYTES = Buffer.concat([encode(MANY_ROWS), commandComplete('SELECT 40')]);

const CAPACITIES = [2, 64, 1000, 70_000];
const ROW_LIMITS = [1, 3, 1000];
const shapes = CAPACITIES.flatMap((capacity) =>
  ROW_LIMITS.map((maxRows) => [capacity, maxRows] as const),
);

describe.each(shapes)(
  'a wire of %i bytes at first, batches of %i rows at most',
  (capacity, maxRows) => {
    const options = { columns: SAMPLE_COLUMNS, capacity, limits: { maxRows, maxBytes: 2000 } };

    test('gives the rows of bytes cut in two at any place', () => {
      for (let cut = 0; cut <= BYTES.length; cut += capacity < 1000 ? 17 : 1) {
        const pieces = [cut, BYTES.length];
        const { sink, state } = drive(BYTES, { ...options, nextPiece: () => pieces.shift() ?? 1 });
        expect(state).toBe('message');
        expect(fingerprint(sink.rows), `cut at ${cut}`).toBe(EXPECTED);
      }
    });

    test('gives the rows of bytes that come one by one, or seven by seven', () => {
      for (const size of [1, 7]) {
        const { sink, wire, reader } = drive(BYTES, { ...options, nextPiece: () => size });
        expect(fingerprint(sink.rows)).toBe(EXPECTED);
        expect(Math.max(...sink.batchRows)).toBeLessThanOrEqual(maxRows);
        expect([reader.rowCount, reader.waiting]).toEqual([ROWS.length, 0]);
        expect(wire.capacity).toBeLessThanOrEqual(
          capacityBound({ ...options, nextPiece: () => size }, BYTES.length),
        );
      }
    });
  },
);

describe('ResultReader', () => {
  test('gives the rows of any cuts, any limits, any capacity and a sink that blocks at any moment', () => {
    const runs = fc.record({
      pieces: fc.infiniteStream(fc.integer({ min: 1, max: 4000 })),
      credit: fc.infiniteStream(fc.boolean()),
      capacity: fc.integer({ min: 2, max: 40_000 }),
      maxRows: fc.integer({ min: 1, max: 50 }),
      maxBytes: fc.integer({ min: 1, max: 40_000 }),
    });
    fc.assert(
      fc.property(runs, ({ pieces, credit, capacity, maxRows, maxBytes }) => {
        const options = {
          columns: SAMPLE_COLUMNS,
          capacity,
          limits: { maxRows, maxBytes },
          nextPiece: () => pieces.next().value as number,
          hasCredit: () => credit.next().value as boolean,
        };
        const { sink, wire, reader, state } = drive(MANY_BYTES, options);
        expect(state).toBe('message');
        expect(fingerprint(sink.rows)).toBe(fingerprint(MANY_ROWS));
        expect(Math.max(...sink.batchRows)).toBeLessThanOrEqual(maxRows);
        expect(reader.byteCount).toBe(encode(MANY_ROWS).length);
        expect(sink.seen).toEqual({ rowCount: MANY_ROWS.length, byteCount: reader.byteCount });
        expect(wire.capacity).toBeLessThanOrEqual(capacityBound(options, MANY_BYTES.length));
      }),
      { numRuns: 150 },
    );
  });

  test('stops before the message that is no row, and leaves it whole', () => {
    const { wire, state } = drive(BYTES, {
      columns: SAMPLE_COLUMNS,
      capacity: 1 << 16,
      limits: { maxRows: 100, maxBytes: 1 << 16 },
      nextPiece: () => BYTES.length,
    });
    expect(state).toBe('message');
    expect(Buffer.from(wire.bytes.subarray(wire.scanned, wire.end))).toEqual(
      commandComplete('SELECT 8'),
    );
  });

  test.each([[2], [1000], [1 << 20]])(
    'takes a row of 300 kB through a wire of %i bytes',
    (capacity) => {
      const text = SAMPLE_COLUMNS.filter(({ name }) => name === 'text' || name === 'bytea');
      const rows: Value[][] = [
        ['small', new Uint8Array(3)],
        ['ü'.repeat(100_000), new Uint8Array(100_000).fill(9)],
        [null, new Uint8Array(0)],
      ];
      const bytes = Buffer.concat(
        rows.map((row) =>
          dataRow(row.map((value, i) => (value === null ? null : text[i]!.encode(value)))),
        ),
      );
      const { sink, wire, state } = drive(bytes, {
        columns: text,
        capacity,
        limits: { maxRows: 100, maxBytes: 65_536 },
        nextPiece: () => 5000,
      });
      expect(state).toBe('more');
      expect(fingerprint(sink.rows)).toBe(fingerprint(rows));
      expect(wire.capacity).toBeLessThanOrEqual(Math.max(capacity, 2 * (bytes.length + 16_384)));
    },
  );

  test('keeps to the bytes of a batch also when a large row has enlarged the wire, which gets small again', () => {
    const text = SAMPLE_COLUMNS.filter(({ name }) => name === 'text');
    const texts = ['x'.repeat(500_000), ...new Array<string>(20_000).fill('y'.repeat(93))];
    const bytes = Buffer.concat(texts.map((value) => dataRow([Buffer.from(value)])));
    const options = {
      columns: text,
      capacity: 1000,
      limits: { maxRows: 1_000_000, maxBytes: 20_000 },
      nextPiece: () => 30_000,
    };
    const { sink, wire } = drive(bytes, options);
    expect(sink.rows.length).toBe(texts.length);
    expect(sink.batchRows[0]).toBe(1);
    // A row is 104 bytes.
    expect(Math.max(...sink.batchRows)).toBe(Math.floor(20_000 / 104));
    expect(wire.capacity).toBeLessThan(60_000);
  });

  test('enlarges the wire to what a large row needs, and not to twice of it', () => {
    const text = SAMPLE_COLUMNS.filter(({ name }) => name === 'text');
    const bytes = dataRow([Buffer.alloc(600_000, 'x')]);
    const limits = { maxRows: 10, maxBytes: 65_536 };
    const { sink, wire } = drive(bytes, {
      columns: text,
      capacity: 65_536,
      limits,
      nextPiece: () => 9000,
    });
    expect(sink.rows.length).toBe(1);
    expect(wire.capacity).toBeLessThanOrEqual(bytes.length + 16_384);
  });

  test('counts rows that have no columns', () => {
    const bytes = Buffer.concat(new Array(1000).fill(dataRow([])));
    const { sink } = drive(bytes, {
      columns: [],
      capacity: 10,
      limits: { maxRows: 300, maxBytes: 1 << 16 },
      nextPiece: () => 11,
    });
    expect(sink.rows).toEqual(new Array(1000).fill([]));
    expect(Math.max(...sink.batchRows)).toBe(300);
  });

  test('puts nothing while there is no credit, however often it is asked, and loses nothing', () => {
    const credit = [false, true, false, true, false, true, false, true];
    const { sink } = drive(BYTES, {
      columns: SAMPLE_COLUMNS,
      capacity: 1 << 16,
      limits: { maxRows: 2, maxBytes: 1 << 16 },
      nextPiece: () => BYTES.length,
      hasCredit: () => credit.shift() ?? true,
    });
    expect(sink.batchRows).toEqual([2, 2, 2, 2]);
    expect(fingerprint(sink.rows)).toBe(EXPECTED);
  });

  test('forgets the rows that wait when they are dropped', () => {
    const { reader, wire, sink } = drive(Buffer.alloc(0), {
      columns: SAMPLE_COLUMNS,
      capacity: 2 * BYTES.length,
      limits: { maxRows: 100, maxBytes: 1 << 16 },
      nextPiece: () => 1,
    });
    wire.append(encode(ROWS));
    expect(reader.read(wire, sink)).toBe('more');
    expect(reader.waiting).toBe(ROWS.length);
    reader.drop();
    expect(reader.waiting).toBe(0);
    expect(reader.flush(wire, sink)).toBe(true);
    expect(sink.rows).toEqual([]);
  });
});
