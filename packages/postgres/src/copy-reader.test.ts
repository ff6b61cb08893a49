/** Chunks of scripted bytes, whatever pieces they arrive in. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PostgresConnection } from './postgres-connection.js';
import { ChunkSink, copyTexts } from './testing/copy-parts.js';
import { type ScriptedFeed, scriptedConnection } from './testing/scripted-feed.js';
import { commandComplete, errorResponse, message, readyForQuery } from './testing/wire-encoder.js';

let feed: ScriptedFeed;
let connection: PostgresConnection;

beforeEach(() => {
  vi.useFakeTimers();
  ({ feed, connection } = scriptedConnection());
});
afterEach(() => {
  vi.useRealTimers();
});

const BEGUN = message('H', Buffer.from([0, 0, 0]));
const END = Buffer.concat([message('c'), commandComplete('COPY 9'), readyForQuery()]);
/** Rows of many sizes: none, some that fill a small chunk, one larger than the wire. */
const TEXTS = [0, 1, 50, 95, 96, 400, 200_000, 3, 0].map((length, i) =>
  String.fromCharCode(97 + i).repeat(length),
);
const ROWS = Buffer.concat(TEXTS.map((text) => message('d', Buffer.from(text))));

describe.each([7, 100, 4096, 1 << 20])('in chunks of %i bytes', (chunkBytes) => {
  test.each([1, 7, 64, 65_536])(
    'bytes that come %i at once are passed on as they are',
    async (pieceBytes) => {
      const sink = new ChunkSink();
      const done = connection.copyOut('copy', { sink, chunkBytes });
      feed.arrive(Buffer.concat([BEGUN, ROWS, END]), pieceBytes);
      expect(await done).toEqual({ rowCount: 9, byteCount: ROWS.length });
      expect(sink.bytes.equals(ROWS)).toBe(true);
      expect(copyTexts(sink.bytes)).toEqual(TEXTS);
      expect(sink.chunks.at(-1)?.endsWhole).toBe(true);
      // Where a chunk says that it ends whole, one could begin to read.
      let at = 0;
      for (const { messages, endsWhole } of sink.chunks) {
        at += messages.length;
        if (endsWhole) expect(() => copyTexts(ROWS.subarray(at))).not.toThrow();
      }
      expect(feed.capacity).toBeLessThanOrEqual(Math.max(chunkBytes, 65_536));
    },
  );
});

test('without credit reading stops, and goes on with it', async () => {
  const sink = new ChunkSink();
  sink.credits = 1;
  const done = connection.copyOut('copy', { sink, chunkBytes: 4096 });
  feed.arrive(Buffer.concat([BEGUN, ROWS, END]), 1000);
  expect([feed.paused, sink.chunks.length]).toEqual([true, 1]);
  while (feed.paused) {
    sink.credits = 1;
    connection.resume();
    feed.arrive(Buffer.alloc(0), 1000);
  }
  await done;
  expect(sink.bytes.equals(ROWS)).toBe(true);
});

test('what has not filled a chunk goes out after a while', () => {
  const sink = new ChunkSink();
  void connection.copyOut('copy', { sink, chunkBytes: 1 << 20 });
  const row = message('d', Buffer.from('x'));
  feed.arrive(Buffer.concat([BEGUN, row]));
  expect(sink.chunks).toHaveLength(1);
  feed.arrive(row);
  expect(sink.chunks).toHaveLength(1);
  vi.advanceTimersByTime(50);
  expect(sink.chunks).toHaveLength(2);
});

test.each([1, 7, 65_536])(
  'an error in the middle drops what is not out yet, %i bytes at once',
  async (pieceBytes) => {
    const sink = new ChunkSink();
    sink.credits = 1;
    const done = connection.copyOut('copy', { sink, chunkBytes: 4096 });
    const failed = expect(done).rejects.toMatchObject({ code: '22012' });
    const error = errorResponse({ C: '22012', M: 'division by zero' });
    feed.arrive(Buffer.concat([BEGUN, ROWS, error, readyForQuery()]), pieceBytes);
    connection.abandon(Object.assign(new Error('cancelled'), { code: '22012' }));
    feed.arrive(Buffer.alloc(0), pieceBytes);
    await failed;
    expect([connection.state, sink.chunks.length]).toEqual(['idle', 1]);
  },
);

test.each([
  [
    'rows that are counted otherwise',
    [BEGUN, ROWS, message('c'), commandComplete('COPY 8'), readyForQuery()],
  ],
  ['an end without rows being over', [BEGUN, ROWS, commandComplete('COPY 9'), readyForQuery()]],
  ['a second beginning', [BEGUN, BEGUN]],
  [
    'rows before the beginning of them',
    [ROWS.subarray(0, 5), message('c'), commandComplete('COPY 1'), readyForQuery()],
  ],
  ['a message that cannot be', [BEGUN, Buffer.from([0x64, 0, 0, 0, 1])]],
])('%s is no answer', async (_, bytes) => {
  const sink = new ChunkSink();
  const done = connection.copyOut('copy', { sink, chunkBytes: 4096 });
  const failed = expect(done).rejects.toMatchObject({
    code: expect.stringMatching(/^MILLRACE_(WIRE|NO_COPY)$/),
  });
  feed.arrive(Buffer.concat(bytes));
  await failed;
});
