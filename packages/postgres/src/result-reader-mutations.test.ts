import type { Value } from '@millrace/batch';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WireError } from './errors.js';
import { DAMAGE_KINDS, DAMAGE_VALUES, damaged } from './testing/damage.js';
import { decodeNaively, fingerprint } from './testing/naive-decoder.js';
import { capacityBound, drive } from './testing/reader-drive.js';
import { CollectingSink } from './testing/result-columns.js';
import { SAMPLE_COLUMNS } from './testing/sample-columns.js';
import { commandComplete, dataRow } from './testing/wire-encoder.js';

const RUNS = Number(process.env.MILLRACE_FUZZ_RUNS ?? 1500);
const SEED = process.env.MILLRACE_SEED ? { seed: Number(process.env.MILLRACE_SEED) } : {};

/** Rows of two to four columns, so that lengths are a large part of the bytes. */
const streams = fc
  .array(fc.constantFrom(...SAMPLE_COLUMNS), { minLength: 0, maxLength: 4 })
  .chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      rows: fc.array(
        fc.tuple(
          ...columns.map(({ edges }) => fc.option(fc.constantFrom(...edges), { nil: null })),
        ),
        { minLength: 1, maxLength: 5 },
      ),
    }),
  )
  .map(({ columns, rows }) => ({
    columns,
    bytes: Buffer.concat([
      ...(rows as Value[][]).map((row) =>
        dataRow(row.map((value, i) => (value === null ? null : columns[i]!.encode(value)))),
      ),
      commandComplete('SELECT'),
    ]),
  }));

const damages = fc.array(
  fc.record({
    kind: fc.constantFrom(...DAMAGE_KINDS),
    place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    value: fc.oneof(fc.constantFrom(...DAMAGE_VALUES), fc.integer({ min: -10, max: 400 })),
  }),
  { minLength: 1, maxLength: 3 },
);

interface Outcome {
  readonly rows: string;
  readonly end: string;
}

/** What the reader makes of bytes: a WireError counts as an end, anything else that is thrown does not. */
function read(bytes: Buffer, options: Parameters<typeof drive>[1]): Outcome {
  const sink = new CollectingSink();
  try {
    const { state, wire } = drive(bytes, options, sink);
    expect(wire.capacity).toBeLessThanOrEqual(capacityBound(options, bytes.length));
    return { rows: fingerprint(sink.rows), end: state };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { rows: fingerprint(sink.rows), end: 'broken' };
  }
}

test('damaged bytes give the rows that a naive decoder reads, or a WireError, in any pieces', () => {
  const runs = fc.record({
    stream: streams,
    damage: damages,
    piece: fc.integer({ min: 1, max: 300 }),
    capacity: fc.constantFrom(2, 16, 300, 5000),
    maxRows: fc.constantFrom(1, 2, 100),
  });
  fc.assert(
    fc.property(runs, ({ stream, damage, piece, capacity, maxRows }) => {
      const { columns } = stream;
      const bytes = damage.reduce(damaged, stream.bytes);
      const naive = decodeNaively(bytes, columns);
      const limits = { maxRows, maxBytes: 400 };
      const nextPiece = (): number => piece;
      const got = read(bytes, { columns, capacity, limits, nextPiece, verify: false });
      expect(got.end).toBe(naive.end);
      const expected = fingerprint(naive.rows);
      if (naive.end === 'broken') expect(expected.startsWith(got.rows)).toBe(true);
      else expect(got.rows).toBe(expected);
    }),
    { ...SEED, numRuns: 4 * RUNS },
  );
});

test('a length that lies about gigabytes takes no memory until the bytes come', () => {
  const columns = SAMPLE_COLUMNS.filter(({ name }) => name === 'text');
  const bytes = dataRow([Buffer.alloc(50)]);
  bytes.writeInt32BE(0x3fffffff, 1);
  bytes.writeInt32BE(0x3ffffff0, 7);
  const limits = { maxRows: 10, maxBytes: 64 };
  const options = { columns, capacity: 64, limits, nextPiece: () => 1000 };
  const { wire, state } = drive(bytes, options);
  expect(state).toBe('more');
  expect(wire.capacity).toBeLessThanOrEqual(capacityBound(options, bytes.length));
  expect(wire.capacity).toBeLessThan(300);
});
