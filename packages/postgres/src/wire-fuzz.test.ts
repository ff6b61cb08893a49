/**
 * The answers of a real server, recorded and played back: in any pieces they are the same, cut short they are an error, and
 * damaged they are what a naive reader finds in them, or an error. A longer run: `MILLRACE_FUZZ_RUNS=200000`.
 */
import { type Cluster, startCluster } from '@millrace/embedded';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StatementDescription } from './describe-statement.js';
import { openConnection } from './open-connection.js';
import type { PostgresConnection } from './postgres-connection.js';
import { DAMAGE_KINDS, DAMAGE_VALUES, damaged } from './testing/damage.js';
import { decodeNaively, fingerprint } from './testing/naive-decoder.js';
import { RecordingRelay } from './testing/recording-relay.js';
import { type Replay, replay } from './testing/replay.js';
import { addressOf, runSql } from './testing/run-sql.js';
import { SAMPLE_COLUMNS, type SampleColumn } from './testing/sample-columns.js';

const RUNS = Number(process.env.MILLRACE_FUZZ_RUNS ?? 1500);
/** A failure prints its seed: `MILLRACE_SEED` plays it again. */
const SEED = process.env.MILLRACE_SEED ? { seed: Number(process.env.MILLRACE_SEED) } : {};
const FIRST_CAPACITY = 65_536;

const damages = fc.array(
  fc.record({
    kind: fc.constantFrom(...DAMAGE_KINDS),
    place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    value: fc.oneof(fc.constantFrom(...DAMAGE_VALUES), fc.integer({ min: -10, max: 400 })),
  }),
  { minLength: 1, maxLength: 3 },
);

interface Recording extends Replay {
  readonly bytes: Buffer;
  readonly columns: readonly SampleColumn[];
}

const literal = (value: unknown): string => {
  if (value === null) return 'null';
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString('hex')}'`;
  return `'${Object.is(value, -0) ? '-0' : String(value).replaceAll("'", "''")}'`;
};

/** Dates and timestamps as numbers since 1970 are what `Vector.at` gives, and no literals. */
const PLAIN = SAMPLE_COLUMNS.filter(({ name }) => !/^(date|timestamp)/.test(name));
const ROWS = [0, 1, 2, 3].map((row) =>
  PLAIN.map(({ name, edges }, i) => {
    const value = (row + i) % 4 === 0 ? null : edges[row % edges.length];
    return `${literal(value ?? null)}::${name} as c${i}`;
  }),
);
const EVERY_TYPE = ROWS.map((row) => `select ${row.join(', ')}`).join(' union all ');
const TEXT = SAMPLE_COLUMNS.filter(({ name }) => name === 'text');

const STATEMENTS: readonly (readonly [string, readonly SampleColumn[], string])[] = [
  ['every type', PLAIN, EVERY_TYPE],
  ['rows without columns', [], 'select from generate_series(1, 5)'],
  ['no rows', TEXT, "select 'x' as t where false"],
  ['notices between rows', TEXT, 'select noisy(i) as t from generate_series(1, 4) i'],
  [
    'an error after rows',
    TEXT,
    'select noisy(i) || (1 / (3 - i)) as t from generate_series(1, 4) i',
  ],
  ['rows of two batches', TEXT, "select repeat('ab', 700) as t from generate_series(1, 5)"],
  ['a command with rows', TEXT, "insert into kept values ('a'), ('b') returning t"],
  ['a command', [], "set application_name = 'recorded'"],
];

let cluster: Cluster;
let relay: RecordingRelay;
let connection: PostgresConnection;
const recordings = new Map<string, Recording>();

beforeAll(async () => {
  cluster = await startCluster({ shards: 1, host: 'tcp' });
  const url = cluster.urls[0]!;
  relay = new RecordingRelay(url);
  connection = await openConnection(addressOf(await relay.open(url)));
  await connection.command(`create temp table kept (t text);
    create function noisy(i int) returns text language plpgsql volatile as
      $$ begin raise notice 'at %', i; return 'row ' || i; end $$`);
  for (const [name, columns, sql] of STATEMENTS) await record(name, columns, sql);
});

afterAll(async () => {
  await connection?.close();
  relay?.close();
  await cluster?.stop();
});

async function record(name: string, columns: readonly SampleColumn[], sql: string): Promise<void> {
  relay.take();
  const description = await connection.describe(sql);
  const described = relay.take();
  await runSql(connection, sql).catch(() => 'its error is part of the answer');
  const answer = relay.take().subarray(described.length);
  recordings.set(name, { kind: 'run', bytes: answer, description, columns });
  recordings.set(`${name}, described`, {
    kind: 'describe',
    bytes: described,
    description,
    columns,
  });
  if (columns.length > 0) return;
  await connection.command(sql);
  recordings.set(`${name}, unread`, { kind: 'command', bytes: relay.take(), description, columns });
}

const recording = (name: string): Recording => recordings.get(name) as Recording;
const NAMES = STATEMENTS.flatMap(([name, columns]) => [
  name,
  `${name}, described`,
  ...(columns.length === 0 ? [`${name}, unread`] : []),
]);

/** The rows in an answer, by a reader that believes every message. */
function naiveRows(bytes: Buffer, columns: readonly SampleColumn[]): string {
  const rows: Buffer[] = [];
  for (
    let at = 0;
    at + 5 <= bytes.length && bytes[at] !== 0x5a;
    at += 1 + bytes.readInt32BE(at + 1)
  ) {
    if (bytes[at] === 0x44) rows.push(bytes.subarray(at, at + 1 + bytes.readInt32BE(at + 1)));
  }
  return fingerprint(decodeNaively(Buffer.concat(rows), columns).rows);
}

test('a recorded answer is what the server said', async () => {
  const every = await replay(recording('every type').bytes, recording('every type'));
  expect(every).toMatchObject({ end: 'done', capacity: FIRST_CAPACITY });
  expect(every.seen.split('\n')).toHaveLength(4);
  expect(every.seen).toBe(naiveRows(recording('every type').bytes, PLAIN));
  const failing = await replay(
    recording('an error after rows').bytes,
    recording('an error after rows'),
  );
  expect(failing).toMatchObject({ end: 'ServerError', message: 'division by zero' });
  const description = await replay(
    recording('every type, described').bytes,
    recording('every type, described'),
  );
  expect(JSON.parse(description.seen)).toEqual(
    recording('every type').description satisfies StatementDescription,
  );
});

describe.each(NAMES)('%s', (name) => {
  test('comes out the same cut in two at any place, byte by byte, and in any pieces', async () => {
    const { bytes, ...options } = recording(name);
    const { end, seen, message } = await replay(bytes, options);
    expect(end).toBe(
      name.startsWith('an error after rows') && options.kind === 'run' ? 'ServerError' : 'done',
    );
    const same = async (pieceBytes: () => number): Promise<void> => {
      const cut = await replay(bytes, { ...options, pieceBytes });
      expect([cut.end, cut.message]).toEqual([end, message]);
      // What was delivered before an error depends on how much had come by then.
      if (end === 'done') expect(cut.seen).toBe(seen);
      else expect(seen.startsWith(cut.seen) || cut.seen.startsWith(seen)).toBe(true);
    };
    for (let at = 1; at < bytes.length; at++) {
      const pieces = [at, bytes.length];
      await same(() => pieces.shift() ?? 1);
    }
    await same(() => 1);
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.integer({ min: 1, max: 200 })), async (sizes) => {
        await same(() => sizes.next().value as number);
      }),
      { numRuns: 50 },
    );
  });

  test('cut short at any place is an error, never a shorter answer', async () => {
    const { bytes, ...options } = recording(name);
    const whole = await replay(bytes, options);
    for (let length = 0; length < bytes.length; length++) {
      const { end, seen } = await replay(bytes.subarray(0, length), options);
      expect(['ConnectionError', 'ServerError'], `after ${length} bytes`).toContain(end);
      if (options.kind === 'run' && whole.end === 'done')
        expect(whole.seen.startsWith(seen)).toBe(true);
    }
  });

  test('damaged is what a naive reader finds in it, or an error', async () => {
    const { bytes, ...options } = recording(name);
    const { columns, kind } = options;
    const piece = fc.integer({ min: 1, max: 400 });
    const maxRows = fc.constantFrom(1, 2, 100);
    await fc.assert(
      fc.asyncProperty(damages, piece, maxRows, async (all, pieceBytes, most) => {
        const broken = all.reduce(damaged, bytes);
        const got = await replay(broken, {
          ...options,
          pieceBytes: () => pieceBytes,
          maxRows: most,
        });
        expect(got.capacity).toBe(FIRST_CAPACITY);
        if (kind === 'run' && got.end === 'done') expect(got.seen).toBe(naiveRows(broken, columns));
      }),
      { ...SEED, numRuns: RUNS / 10 },
    );
  });
});

/** Only a SELECT says how many rows it has sent. */
const COUNTED = NAMES.filter((name) => !/^a command|unread$/.test(name));

test.each(COUNTED)(
  '%s: without one of its messages, or with one twice, is no other answer',
  async (name) => {
    const { bytes, ...options } = recording(name);
    const whole = await replay(bytes, options);
    for (const [from, to] of messagesOf(bytes)) {
      const type = String.fromCharCode(bytes[from] as number);
      const without = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
      const twice = Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
      for (const changed of [without, twice]) {
        const got = await replay(changed, options);
        if (got.end === 'done') expect([got.seen, got.tag], type).toEqual([whole.seen, whole.tag]);
      }
    }
  },
);

/** Where messages begin and end. */
function messagesOf(bytes: Buffer): [from: number, to: number][] {
  const all: [number, number][] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    all.push([at, end]);
    at = end;
  }
  return all;
}
