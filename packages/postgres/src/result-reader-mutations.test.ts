import type { Value } from '@millrace/batch';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WireError } from './errors.js';
import { decodeNaively, fingerprint } from './testing/naive-decoder.js';
import { capacityBound, drive } from './testing/reader-drive.js';
import { CollectingSink } from './testing/result-columns.js';
import { SAMPLE_COLUMNS } from './testing/sample-columns.js';
import { commandComplete, dataRow } from './testing/wire-encoder.js';

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

/** Single damages: a byte or a word made another, bytes left out or put in, the end cut off. */
const damages = fc.array(
  fc.record({
    kind: fc.constantFrom('byte', 'word', 'remove', 'insert', 'cut'),
    place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    value: fc.oneof(
      fc.constantFrom(
        0,
        1,
        4,
        5,
        6,
        7,
        -1,
        -2,
        0x44,
        0x7fffffff,
        0x3fffffff,
        -0x80000000,
        0x00ffffff,
      ),
      fc.integer({ min: -10, max: 400 }),
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

type Damage = typeof damages extends fc.Arbitrary<(infer T)[]> ? T : never;

function damaged(bytes: Buffer, { kind, place, value }: Damage): Buffer {
  const at = Math.floor(place * bytes.length);
  const copy = Buffer.from(bytes);
  switch (kind) {
    case 'byte':
      if (at < copy.length) copy.writeUInt8(value & 0xff, at);
      return copy;
    case 'word':
      if (at + 4 <= copy.length) copy.writeInt32BE(value, at);
      return copy;
    case 'remove':
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + (value & 7))]);
    case 'insert':
      return Buffer.concat([copy.subarray(0, at), Buffer.of(value & 0xff), copy.subarray(at)]);
    default:
      return copy.subarray(0, at);
  }
}

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
    { numRuns: 6000 },
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
