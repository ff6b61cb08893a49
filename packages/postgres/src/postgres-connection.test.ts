/** The state machine of a connection against scripted bytes. `server-connection.test.ts` has the real server. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ServerError, StatementError } from './errors.js';
import type { PostgresConnection } from './postgres-connection.js';
import { ResultReader } from './result-reader.js';
import { type Completion, StaleDescriptionError } from './run-statement.js';
import { CollectingSink, column } from './testing/result-columns.js';
import { type ScriptedFeed, scriptedConnection } from './testing/scripted-feed.js';
import {
  commandComplete,
  dataRow,
  errorResponse,
  int16,
  int32,
  message,
  parameterDescription,
  readyForQuery,
  rowDescription,
  zeroText,
} from './testing/wire-encoder.js';

let feed: ScriptedFeed;
let connection: PostgresConnection;

beforeEach(() => {
  vi.useFakeTimers();
  ({ feed, connection } = scriptedConnection());
});

afterEach(() => {
  vi.useRealTimers();
});

const COLUMNS = [column('t', 25), column('n', 23)];
const PARSED = message('1');
const BOUND = message('2');
const ROW_DESCRIPTION = rowDescription([
  { name: 't', dataTypeID: 25 },
  { name: 'n', dataTypeID: 23 },
]);
const row = (text: string, n: number): Buffer => dataRow([Buffer.from(text), int32(n)]);
const START = Buffer.concat([PARSED, BOUND, ROW_DESCRIPTION]);
const end = (rows: number): Buffer =>
  Buffer.concat([commandComplete(`SELECT ${rows}`), readyForQuery()]);

interface Running {
  readonly done: Promise<Completion>;
  readonly sink: CollectingSink;
}

function run(maxRows = 1000, maxBytes = 1 << 20): Running {
  const reader = new ResultReader(COLUMNS, { maxRows, maxBytes });
  const sink = new CollectingSink();
  sink.schema = reader.schema;
  const description = { parameters: [], columns: COLUMNS };
  const done = connection.run({ sql: 'select', parameters: [], description, reader, sink });
  done.catch(() => undefined);
  return { done, sink };
}

/** After an error the connection takes the next statement as if nothing had been. */
async function expectUsable(): Promise<void> {
  expect(connection.state).toBe('idle');
  const { done, sink } = run();
  feed.arrive(Buffer.concat([START, row('again', 7), end(1)]));
  expect(await done).toMatchObject({ tag: 'SELECT 1', rowCount: 1 });
  expect(sink.rows).toEqual([['again', 7]]);
}

describe('describe', () => {
  const ANSWER = Buffer.concat([
    PARSED,
    parameterDescription([23, 25]),
    ROW_DESCRIPTION,
    readyForQuery(),
  ]);

  test('gives parameters and columns, cut anywhere', async () => {
    for (let size = 1; size <= ANSWER.length; size++) {
      const description = connection.describe('select');
      expect(connection.state).toBe('busy');
      feed.arrive(ANSWER, size);
      expect(await description).toMatchObject({
        parameters: [23, 25],
        columns: [
          { name: 't', dataTypeID: 25 },
          { name: 'n', dataTypeID: 23 },
        ],
      });
      expect(connection.state).toBe('idle');
    }
  });

  test('gives no columns for a statement without a result', async () => {
    const description = connection.describe('set');
    feed.arrive(Buffer.concat([PARSED, parameterDescription([]), message('n'), readyForQuery()]));
    expect(await description).toEqual({ parameters: [], columns: [] });
  });

  test('takes a description larger than the wire, and gives the memory back', async () => {
    const many = Array.from({ length: 1600 }, (_, i) => ({
      name: 'x'.repeat(63) + i,
      dataTypeID: 25,
    }));
    const description = connection.describe('select');
    feed.arrive(
      Buffer.concat([PARSED, parameterDescription([]), rowDescription(many), readyForQuery()]),
    );
    expect((await description).columns).toHaveLength(1600);
    await expectUsable();
  });
});

describe('run', () => {
  const rows = Array.from({ length: 20 }, (_, i) => ['r'.repeat(i), i] as [string, number]);
  const ANSWER = Buffer.concat([START, ...rows.map(([text, n]) => row(text, n)), end(20)]);

  test('delivers the rows, cut into pieces of any size', async () => {
    for (let size = 1; size < 120; size++) {
      const { done, sink } = run(7);
      feed.arrive(ANSWER, size);
      expect(await done).toEqual({
        tag: 'SELECT 20',
        rowCount: 20,
        byteCount: Buffer.concat(rows.map(([text, n]) => row(text, n))).length,
      });
      expect(sink.rows).toEqual(rows);
      expect(Math.max(...sink.batchRows)).toBeLessThanOrEqual(7);
    }
  });

  test('delivers the first rows at once, later ones after a moment, and all before the end', async () => {
    const { done, sink } = run();
    feed.arrive(Buffer.concat([START, row('first', 1)]));
    expect(sink.rows).toHaveLength(1);
    feed.arrive(row('second', 2));
    expect(sink.rows).toHaveLength(1);
    vi.runAllTimers();
    expect(sink.rows).toHaveLength(2);
    feed.arrive(Buffer.concat([row('third', 3), end(3)]));
    await done;
    expect(sink.rows).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('rows that had no credit when their moment came are delivered when there is', () => {
    const { sink } = run();
    feed.arrive(Buffer.concat([START, row('first', 1)]));
    sink.ready = () => false;
    feed.arrive(row('second', 2));
    vi.advanceTimersByTime(1000);
    sink.ready = () => true;
    connection.resume();
    vi.advanceTimersByTime(1000);
    expect(sink.rows).toHaveLength(2);
  });

  test('stops reading without credit and goes on with it, losing nothing', async () => {
    const { done, sink } = run(1);
    let credit = 0;
    sink.ready = () => credit > sink.batchRows.length;
    feed.arrive(ANSWER, 50);
    expect(feed.paused).toBe(true);
    for (credit = 1; credit <= 20; credit++) {
      connection.resume();
      feed.arrive(Buffer.alloc(0));
      expect(sink.rows).toHaveLength(credit);
    }
    expect(feed.paused).toBe(false);
    expect((await done).rowCount).toBe(20);
    expect(sink.rows).toEqual(rows);
  });

  test('takes notices, parameters and notifications between rows', async () => {
    const { done, sink } = run();
    const between = Buffer.concat([
      errorResponse({ S: 'NOTICE', C: '00000', M: 'by the way' }, 'N'),
      message('S', zeroText('TimeZone'), zeroText('UTC')),
      message('A', int32(1), zeroText('channel'), zeroText('payload')),
    ]);
    feed.arrive(Buffer.concat([START, row('a', 1), between, row('b', 2), between, end(2)]), 9);
    await done;
    expect(sink.rows).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  test('fails with what the server says, after some rows, and the connection goes on', async () => {
    const { done, sink } = run();
    const fields = { S: 'ERROR', V: 'ERROR', C: '22012', M: 'division by zero', P: '8' };
    feed.arrive(Buffer.concat([START, row('a', 1)]));
    feed.arrive(Buffer.concat([row('b', 2), errorResponse(fields), readyForQuery()]));
    const error = await done.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ServerError);
    expect(error).toMatchObject({
      code: '22012',
      message: 'division by zero',
      fields: { position: '8' },
    });
    expect(sink.rows).toEqual([['a', 1]]);
    await expectUsable();
  });

  test('fails when the columns are no longer those described, and delivers nothing', async () => {
    const { done, sink } = run();
    const changed = rowDescription([
      { name: 't', dataTypeID: 25 },
      { name: 'n', dataTypeID: 20 },
    ]);
    feed.arrive(Buffer.concat([PARSED, BOUND, changed, dataRow([null, null]), end(1)]));
    await expect(done).rejects.toBeInstanceOf(StaleDescriptionError);
    expect(sink.rows).toEqual([]);
    await expectUsable();
  });

  test.each([
    ['G', 'MILLRACE_COPY', true],
    ['W', 'MILLRACE_COPY', true],
    ['H', 'MILLRACE_COPY', false],
  ])(
    'refuses COPY (%s), ends it where the server waits, and goes on',
    async (type, code, answered) => {
      const { done } = run();
      feed.written.length = 0;
      feed.arrive(Buffer.concat([PARSED, BOUND, message(type, Buffer.of(0), int16(0))]));
      expect(feed.written.map((bytes) => String.fromCharCode(bytes[0]!))).toEqual(
        answered ? ['f'] : [],
      );
      if (answered) feed.arrive(errorResponse({ M: 'COPY failed', C: '57014' }));
      else
        feed.arrive(
          Buffer.concat([
            message('d', Buffer.from('1\n')),
            message('c'),
            commandComplete('COPY 1'),
          ]),
        );
      feed.arrive(readyForQuery());
      await expect(done).rejects.toMatchObject({ name: 'StatementError', code });
      await expectUsable();
    },
  );

  test('refuses an empty statement', async () => {
    const { done } = run();
    feed.arrive(Buffer.concat([PARSED, BOUND, message('I'), readyForQuery()]));
    await expect(done).rejects.toBeInstanceOf(StatementError);
    await expectUsable();
  });

  test('that cannot be written leaves nothing for the statement after it', async () => {
    const { reader, sink } = {
      reader: new ResultReader(COLUMNS, { maxRows: 1, maxBytes: 1 }),
      sink: new CollectingSink(),
    };
    const parameters = new Array(65_536).fill(null);
    const attempt = async (): Promise<Completion> =>
      connection.run({
        sql: 'select',
        parameters,
        description: { parameters: [], columns: COLUMNS },
        reader,
        sink,
      });
    await expect(attempt()).rejects.toThrow(RangeError);
    expect(feed.written).toEqual([]);
    void connection.describe('select');
    expect(feed.written[0]!.subarray(5, 14).toString()).toBe('\0select\0\0');
  });
});

describe('abandon', () => {
  test('drops what is still to come, also when it waits for credit', async () => {
    const { done, sink } = run(1);
    sink.ready = () => false;
    feed.arrive(Buffer.concat([START, row('a', 1), row('b', 2)]));
    expect(feed.paused).toBe(true);
    connection.abandon(new Error('enough'));
    expect(feed.paused).toBe(false);
    feed.arrive(Buffer.concat([row('c', 3), errorResponse({ C: '57014', M: 'canceled' })]));
    expect(connection.state).toBe('busy');
    const settled = connection.settled();
    feed.arrive(readyForQuery());
    await settled;
    await expect(done).rejects.toThrow('enough');
    expect(sink.rows).toEqual([]);
    await expectUsable();
  });

  test('of nothing does nothing', async () => {
    connection.abandon(new Error('enough'));
    await connection.settled();
    await expectUsable();
  });
});

describe('a large row', () => {
  test('enlarges the wire, which shrinks when the statement is over', async () => {
    const text = 'ü'.repeat(6 << 20);
    const { done, sink } = run();
    const first = feed.capacity;
    feed.arrive(Buffer.concat([START, row(text, 1)]));
    expect(sink.rows[0]).toEqual([text, 1]);
    expect(feed.capacity).toBeGreaterThan(12 << 20);
    expect(feed.capacity).toBeLessThanOrEqual(4 * (12 << 20));
    feed.arrive(Buffer.concat([row('small', 2), end(2)]));
    await done;
    expect(feed.capacity).toBe(first);
    await expectUsable();
  });

  test('takes memory only as it comes, whatever its length says', () => {
    run();
    const lying = Buffer.concat([Buffer.from('D'), int32(0x3fffffff), int16(2), int32(0x3ffffff0)]);
    feed.arrive(Buffer.concat([START, lying, Buffer.alloc(100_000)]));
    expect(feed.capacity).toBeLessThanOrEqual(1 << 20);
    expect(connection.state).toBe('busy');
  });
});
