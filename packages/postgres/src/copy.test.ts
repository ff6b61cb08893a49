/** COPY out of and into a real server. */
import { type Cluster, startCluster } from '@millrace/embedded';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestCancel } from './cancel-request.js';
import { readCopyChunk, writeCopyChunk } from './copy-chunk.js';
import { ConnectionError, ServerError } from './errors.js';
import { openConnection } from './open-connection.js';
import type { PostgresConnection } from './postgres-connection.js';
import { ChunkSink, copyAcross, copyTexts } from './testing/copy-parts.js';
import { addressOf, runSql } from './testing/run-sql.js';

let cluster: Cluster;
let url: string;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
  url = cluster.urls[0]!;
});
afterAll(async () => {
  await cluster?.stop();
});

async function withConnections(
  use: (from: PostgresConnection, into: PostgresConnection) => Promise<void>,
  readBytes = 0,
): Promise<void> {
  const address = addressOf(url, { readBytes });
  const from = await openConnection(address);
  const into = await openConnection(address);
  try {
    await use(from, into);
  } finally {
    await Promise.all([from.close(), into.close()]);
  }
}

async function expectUsable(connection: PostgresConnection): Promise<void> {
  expect(connection.state).toBe('idle');
  expect((await runSql(connection, 'select 42 as answer')).exact()).toEqual([[42]]);
}

const ROWS = 'select i, repeat($$ä$$, i % 50) t, null n from generate_series(1, 3000) i';

describe.each([0, 7])('COPY, reading at most %i bytes at once (0: any)', (readBytes) => {
  test.each([100, 1 << 20])(
    'gives what the rows are, in chunks of %i bytes',
    async (chunkBytes) => {
      await withConnections(async (from) => {
        const sink = new ChunkSink();
        const completion = await from.copyOut(`copy (${ROWS}) to stdout`, { sink, chunkBytes });
        const rows = (await runSql(from, ROWS)).exact();
        expect(copyTexts(sink.bytes)).toEqual(rows.map(([i, t]) => `${i}\t${t}\t\\N\n`));
        expect(completion).toEqual({ rowCount: 3000, byteCount: sink.bytes.length });
        expect(sink.seen).toEqual(completion);
        expect(sink.chunks.every(({ endsWhole }) => endsWhole)).toBe(true);
        await expectUsable(from);
      }, readBytes);
    },
  );

  test('goes from one server’s table into another’s', async () => {
    await withConnections(async (from, into) => {
      await into.command('create temp table x (i int, t text, n int)');
      for (const chunkBytes of [100, 1 << 20]) {
        const rows = await copyAcross(
          ...([from, `copy (${ROWS}) to stdout`, into, 'copy x from stdin'] as const),
          chunkBytes,
        );
        expect(rows).toBe(3000);
        expect((await runSql(into, 'select * from x')).exact()).toEqual(
          (await runSql(from, ROWS)).exact(),
        );
        await into.command('truncate x');
      }
      await expectUsable(into);
    }, readBytes);
  });
});

describe('COPY TO STDOUT', () => {
  test('of a row larger than a chunk comes in pieces, and the wire stays small', async () => {
    await withConnections(async (from, into) => {
      await into.command('create temp table x (t text)');
      const rows = "select repeat('ab', 1500000) union all select 'c'";
      const sink = new ChunkSink();
      await from.copyOut(`copy (${rows}) to stdout`, { sink, chunkBytes: 1 << 16 });
      const largest = Math.max(...sink.chunks.map(({ messages }) => messages.length));
      expect(largest).toBeLessThan(1 << 18);
      expect(sink.chunks.some(({ endsWhole }) => !endsWhole)).toBe(true);
      expect(copyTexts(sink.bytes).map((text) => text.length)).toEqual([3_000_001, 2]);
      const taken = await copyAcross(from, `copy (${rows}) to stdout`, into, 'copy x from stdin');
      expect(taken).toBe(2);
      expect((await runSql(into, 'select length(t), md5(t) from x')).exact()).toEqual(
        (await runSql(from, `select length(r), md5(r) from (${rows}) as s (r)`)).exact(),
      );
    });
  });

  test('waits for credit, in fixed memory', async () => {
    await withConnections(async (from) => {
      const sink = new ChunkSink();
      sink.credits = 2;
      const rows = "select repeat('x', 1000) from generate_series(1, 20000)";
      const done = from.copyOut(`copy (${rows}) to stdout`, { sink, chunkBytes: 1 << 16 });
      while (sink.credits > 0) await new Promise((resolve) => setImmediate(resolve));
      for (let more = 0; more < 400 && from.state === 'busy'; more++) {
        expect(sink.credits).toBe(0);
        sink.credits = 1;
        from.resume();
        while (sink.credits > 0 && from.state === 'busy')
          await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await done).toMatchObject({ rowCount: 20_000 });
    });
  });

  test.each([
    ['a statement that is wrong', 'copy (select nonsense) to stdout', '42703'],
    [
      'an error after some rows',
      'copy (select 1 / (i - 5000) from generate_series(1, 9000) i) to stdout',
      '22012',
    ],
    ['a statement that is none', 'select 1', 'MILLRACE_NO_COPY'],
    ['a command that is none', 'set application_name to x', 'MILLRACE_NO_COPY'],
    ['a COPY the other way', 'copy pg_temp.nowhere from stdin', 'MILLRACE_NO_COPY'],
    ['nothing', '', 'MILLRACE_NO_COPY'],
  ])('fails by name for %s, and the connection is as good as before', async (_, sql, code) => {
    await withConnections(async (from) => {
      await from.command('create temp table nowhere (i int)');
      const sink = new ChunkSink();
      await expect(from.copyOut(sql, { sink, chunkBytes: 1 << 16 })).rejects.toMatchObject({
        code,
      });
      await expectUsable(from);
    });
  });

  test.each([
    ['between rows', "select repeat('x', 100), generate_series(1, 100000000)"],
    ['in the middle of a row', "select repeat('x', 100000000)"],
  ])('can be cancelled %s', async (_, rows) => {
    await withConnections(async (from) => {
      const sink = new ChunkSink();
      sink.credits = 2;
      const done = from.copyOut(`copy (${rows}) to stdout`, { sink, chunkBytes: 1 << 16 });
      while (sink.credits > 0) await new Promise((resolve) => setImmediate(resolve));
      const reason = new Error('not wanted');
      from.abandon(reason);
      await requestCancel(addressOf(url), from.key);
      await expect(done).rejects.toBe(reason);
      await expectUsable(from);
      expect(sink.chunks).toHaveLength(2);
    });
  });

  test('of a server that dies is a lost connection', async () => {
    await withConnections(async (from, other) => {
      const sink = new ChunkSink();
      sink.credits = 2;
      const rows = "select repeat('x', 100), generate_series(1, 100000000)";
      const done = from.copyOut(`copy (${rows}) to stdout`, { sink, chunkBytes: 1 << 16 });
      // Whether its last word gets through depends on what was on the line before it.
      const lost = expect(done).rejects.toMatchObject({
        code: expect.stringMatching(/^(57P01|MILLRACE_CONNECTION|ECONNRESET|EPIPE)$/),
      });
      while (sink.credits > 0) await new Promise((resolve) => setImmediate(resolve));
      sink.credits = Number.POSITIVE_INFINITY;
      from.resume();
      await other.command(`select pg_terminate_backend(${from.key.processId}, 10000)`);
      await lost;
      await from.settled();
      expect(from.state).toBe('closed');
    });
  });
});

describe('COPY FROM STDIN', () => {
  const line = (text: string): Buffer => {
    const body = Buffer.from(text);
    const head = Buffer.from([0x64, 0, 0, 0, 0]);
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const nobody = (): void => undefined;

  async function withTable(
    use: (into: PostgresConnection, other: PostgresConnection) => Promise<void>,
  ): Promise<void> {
    await withConnections(async (other, into) => {
      await into.command('create temp table x (i int primary key)');
      await use(into, other);
    });
  }

  test('of nothing takes nothing', async () => {
    await withTable(async (into) => {
      const copy = into.copyIn('copy x from stdin');
      await copy.begun;
      copy.end();
      expect(await copy.done).toBe(0);
      await expectUsable(into);
    });
  });

  test('says of each buffer when it may be written again', async () => {
    await withTable(async (into) => {
      await into.command('create temp table y (t text)');
      const copy = into.copyIn('copy y from stdin');
      await copy.begun;
      const buffer = new SharedArrayBuffer(1 << 20);
      for (let i = 0; i < 30; i++) {
        const text = line(`${String.fromCharCode(97 + (i % 26)).repeat(1_000_000)}\n`);
        writeCopyChunk(buffer, text, true);
        const { messages, endsWhole } = readCopyChunk(buffer);
        await new Promise<void>((written) => copy.write(messages, endsWhole, written));
      }
      copy.end();
      expect(await copy.done).toBe(30);
      const { exact } = await runSql(
        into,
        "select count(*) from y where t = repeat(left(t, 1), 1000000) and left(t, 1) between 'a' and 'z'",
      );
      expect(exact()).toEqual([[30n]]);
    });
  });

  test.each([
    ['a table that is not there', 'copy nowhere from stdin', '42P01'],
    ['a statement that is none', 'select 1', 'MILLRACE_NO_COPY'],
    ['a COPY the other way', 'copy x to stdout', 'MILLRACE_NO_COPY'],
  ])('never begins for %s', async (_, sql, code) => {
    await withTable(async (into) => {
      await into.command('insert into x values (1)');
      const copy = into.copyIn(sql);
      await expect(copy.begun).rejects.toMatchObject({ code });
      await expect(copy.done).rejects.toMatchObject({ code });
      copy.write(line('1\n'), true, nobody);
      copy.end();
      await expectUsable(into);
    });
  });

  test.each([
    ['a value that is none', 'x\n', '22P02'],
    ['a row that is there already', '7\n', '23505'],
  ])(
    'fails for %s while it is fed, and the connection is as good as before',
    async (_, text, code) => {
      await withTable(async (into) => {
        await into.command('insert into x values (7)');
        const copy = into.copyIn('copy x from stdin');
        await copy.begun;
        copy.write(line(text), true, nobody);
        for (let i = 100; i < 5000; i++) copy.write(line(`${i}\n`), true, nobody);
        await expect(copy.done).rejects.toMatchObject({ code });
        expect(await copy.done.catch((error: unknown) => error)).toBeInstanceOf(ServerError);
        copy.write(line('1\n'), true, nobody);
        copy.end();
        await expectUsable(into);
      });
    },
  );

  test('is never left in the middle of a row: then the connection is closed', async () => {
    const half = line(`${'7'.repeat(100)}\n`).subarray(0, 20);
    const reason = new Error('not wanted');
    await withTable(async (into) => {
      const copy = into.copyIn('copy x from stdin');
      await copy.begun;
      copy.write(half, false, nobody);
      into.abandon(reason);
      await expect(copy.done).rejects.toBe(reason);
      expect(into.state).toBe('closed');
    });
    await withTable(async (into) => {
      const copy = into.copyIn('copy x from stdin');
      await copy.begun;
      copy.write(Buffer.concat([line('x\n'), line('1\n'), half]), false, nobody);
      await expect(copy.done).rejects.toMatchObject({ code: '22P02' });
      expect(into.state).toBe('closed');
    });
  });

  test('can be given up between rows, and while it has not begun', async () => {
    await withTable(async (into, other) => {
      const reason = new Error('not wanted');
      const copy = into.copyIn('copy x from stdin');
      await copy.begun;
      copy.write(line('1\n'), true, nobody);
      into.abandon(reason);
      await expect(copy.done).rejects.toBe(reason);
      await expectUsable(into);
      await other.command('create table z (i int)');
      await other.command('begin; lock table z');
      const waiting = into.copyIn('copy z from stdin');
      into.abandon(reason);
      await expect(waiting.begun).rejects.toBe(reason);
      await other.command('rollback');
      await expect(waiting.done).rejects.toBe(reason);
      await expectUsable(into);
      expect((await runSql(into, 'select * from z')).exact()).toEqual([]);
    });
  });

  test('of a server that dies, or is dead, is a lost connection', async () => {
    await withTable(async (into, other) => {
      const copy = into.copyIn('copy x from stdin');
      await copy.begun;
      await other.command(`select pg_terminate_backend(${into.key.processId}, 10000)`);
      await expect(copy.done).rejects.toMatchObject({ code: '57P01' });
      await new Promise<void>((written) => copy.write(line('1\n'), true, written));
      const late = into.copyIn('copy x from stdin');
      await expect(late.begun).rejects.toBeInstanceOf(ConnectionError);
      await expect(late.done).rejects.toBeInstanceOf(ConnectionError);
    });
  });
});
