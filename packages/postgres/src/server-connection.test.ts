/** Connections to a real server. */
import { type Cluster, startCluster } from '@millrace/embedded';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestCancel } from './cancel-request.js';
import { ConnectionError, ServerError } from './errors.js';
import { openConnection } from './open-connection.js';
import type { PostgresConnection } from './postgres-connection.js';
import { ResultReader } from './result-reader.js';
import { addressOf, KeepingSink, runSql } from './testing/run-sql.js';

let cluster: Cluster;
let url: string;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
  url = cluster.urls[0]!;
});

afterAll(async () => {
  await cluster?.stop();
});

async function withConnection(
  use: (connection: PostgresConnection) => Promise<void>,
  readBytes = 0,
): Promise<void> {
  const connection = await openConnection(addressOf(url, { readBytes }));
  try {
    await use(connection);
  } finally {
    await connection.close();
  }
  expect(connection.state).toBe('closed');
}

async function expectUsable(connection: PostgresConnection): Promise<void> {
  expect(connection.state).toBe('idle');
  expect((await runSql(connection, 'select 42 as answer')).exact()).toEqual([[42]]);
}

const MIXED =
  "select i, i::int8 * 1000003, 'row ' || i, i / 7.0::numeric(12,4), i % 3 = 0 from generate_series(1, 300) i";

describe.each([0, 1, 7])('reading at most %i bytes at once (0: any)', (readBytes) => {
  test('statements, commands and errors follow each other', async () => {
    await withConnection(async (connection) => {
      const reference = await runSql(connection, MIXED);
      expect(reference.completion).toMatchObject({ tag: 'SELECT 300', rowCount: 300 });
      expect(reference.exact()[299]).toEqual([
        300,
        300000900n,
        'row 300',
        expect.stringMatching(/^42\.857/),
        true,
      ]);
      await connection.command('create temp table t (n int); set application_name to test');
      expect((await runSql(connection, 'insert into t values (1), (2)')).completion.tag).toBe(
        'INSERT 0 2',
      );
      await expect(runSql(connection, 'select 1/0 from t')).rejects.toMatchObject({
        code: '22012',
      });
      await expect(runSql(connection, 'select nonsense')).rejects.toMatchObject({ code: '42703' });
      await expect(connection.command('nonsense')).rejects.toBeInstanceOf(ServerError);
      await expect(runSql(connection, '')).rejects.toMatchObject({
        code: 'MILLRACE_EMPTY_STATEMENT',
      });
      await expect(runSql(connection, 'copy t to stdout')).rejects.toMatchObject({
        code: 'MILLRACE_COPY',
      });
      await expect(runSql(connection, 'copy t from stdin')).rejects.toMatchObject({
        code: 'MILLRACE_COPY',
      });
      expect((await runSql(connection, 'select count(*) from t')).exact()).toEqual([[2n]]);
      const again = await runSql(connection, MIXED, { limits: { maxRows: 1, maxBytes: 1 } });
      expect(again.exact()).toEqual(reference.exact());
    }, readBytes);
  });

  test('several statements are described at once; one that is wrong fails all', async () => {
    await withConnection(async (connection) => {
      const sets = 'set search_path to public';
      const descriptions = await connection.describeEach([MIXED, 'select $1::date as d', sets]);
      expect(descriptions).toEqual([
        await connection.describe(MIXED),
        await connection.describe('select $1::date as d'),
        { parameters: [], columns: [] },
      ]);
      await expect(
        connection.describeEach(['select 1', 'select nonsense', 'select 2']),
      ).rejects.toMatchObject({ code: '42703' });
      await expectUsable(connection);
    }, readBytes);
  });

  test('a BEGIN goes with the statement after it, checked or run', async () => {
    await withConnection(async (connection) => {
      const begin = 'begin isolation level repeatable read read only';
      const isolation = 'select current_setting($$transaction_isolation$$)';
      const description = await connection.describe(isolation, begin);
      expect(description.columns).toMatchObject([{ name: 'current_setting' }]);
      expect(connection.inTransaction).toBe(true);
      expect((await runSql(connection, isolation)).exact()).toEqual([['repeatable read']]);
      await connection.command('rollback');
      expect(connection.inTransaction).toBe(false);
      const reader = new ResultReader(description.columns, { maxRows: 10, maxBytes: 1000 });
      const sink = new KeepingSink(reader);
      await connection.run({ sql: isolation, parameters: [], description, reader, sink, begin });
      expect(sink.batches[0]?.vectors[0]?.at(0)).toBe('repeatable read');
      await connection.command('rollback');
      for (const [first, sql, code] of [
        [begin, 'select nonsense', '42703'],
        ['begin nonsense', isolation, '42601'],
      ] as const) {
        await expect(connection.describe(sql, first)).rejects.toMatchObject({ code });
        expect([connection.state, connection.inTransaction]).toEqual(['idle', first === begin]);
        if (connection.inTransaction) await connection.command('rollback');
      }
      await expectUsable(connection);
    }, readBytes);
  });
});

describe('parameters', () => {
  test('are text, bytes or NULL, and the server infers their types', async () => {
    await withConnection(async (connection) => {
      const { description, exact } = await runSql(
        connection,
        'select $1::int8 + 1, $2::text, $3::bytea, $4::date',
        {
          parameters: ['41', 'ü', Uint8Array.of(0, 255), null],
        },
      );
      expect(description.parameters).toEqual([20, 25, 17, 1082]);
      expect(exact()).toEqual([[42n, 'ü', Uint8Array.of(0, 255), null]]);
    });
  });

  test('too many for the protocol are refused, and the connection stays usable', async () => {
    await withConnection(async (connection) => {
      const parameters = new Array<null>(65_536).fill(null);
      await expect(runSql(connection, 'select 1', { parameters })).rejects.toThrow(RangeError);
      await expectUsable(connection);
    });
  });

  test('too few are the error of the statement', async () => {
    await withConnection(async (connection) => {
      await expect(runSql(connection, 'select $1::int')).rejects.toMatchObject({ code: '08P01' });
      await expectUsable(connection);
    });
  });
});

describe('large results', () => {
  test('a row of 5 MB between small ones arrives whole', async () => {
    await withConnection(async (connection) => {
      const sql =
        "select case i when 2 then repeat('ü', 2500000) else 'small' end from generate_series(1, 3) i";
      const rows = (await runSql(connection, sql)).exact();
      expect(rows.map(([text]) => (text as string).length)).toEqual([5, 2_500_000, 5]);
      expect(rows[1]![0] === 'ü'.repeat(2_500_000)).toBe(true);
      await expectUsable(connection);
    });
  });

  test('30 MB that wait again and again for credit arrive whole, in bounded batches', async () => {
    await withConnection(async (connection) => {
      const sql = 'select i, repeat(chr(97 + i % 26), 1000) from generate_series(1, 30000) i';
      const description = await connection.describe(sql);
      const reader = new ResultReader(description.columns, { maxRows: 1000, maxBytes: 1 << 20 });
      let credits = 0;
      let checked = 0;
      const sink = new KeepingSink(reader, () => credits-- > 0);
      const done = connection.run({ sql, parameters: [], description, reader, sink });
      let over = false;
      void done.finally(() => {
        over = true;
      });
      while (!over) {
        await new Promise(setImmediate);
        credits = 2;
        connection.resume();
        for (const batch of sink.batches.splice(0)) {
          for (let row = 0; row < batch.rowCount; row += 97) {
            const n = batch.vectors[0]!.at(row) as number;
            expect(n).toBe(checked + row + 1);
            expect(batch.vectors[1]!.at(row)).toBe(String.fromCharCode(97 + (n % 26)).repeat(1000));
          }
          checked += batch.rowCount;
        }
      }
      expect((await done).rowCount).toBe(30_000);
      expect(checked + sink.batches.reduce((sum, batch) => sum + batch.rowCount, 0)).toBe(30_000);
      await expectUsable(connection);
    });
  });
});

describe('a cancel', () => {
  test('ends a statement that is abandoned without credit, and the connection is usable', async () => {
    await withConnection(async (connection) => {
      const sql = "select repeat('x', 1000), generate_series(1, 100000000)";
      const description = await connection.describe(sql);
      const reader = new ResultReader(description.columns, { maxRows: 10, maxBytes: 1 << 16 });
      const sink = new KeepingSink(reader, () => false);
      const done = connection.run({ sql, parameters: [], description, reader, sink });
      const outcome = expect(done).rejects.toThrow('enough');
      connection.abandon(new Error('enough'));
      await requestCancel(addressOf(url), connection.key);
      await connection.settled();
      await outcome;
      expect(sink.batches).toEqual([]);
      await expectUsable(connection);
    });
  });

  test('of a statement that is not abandoned is its error', async () => {
    await withConnection(async (connection) => {
      const outcome = expect(runSql(connection, 'select pg_sleep(60)')).rejects.toMatchObject({
        code: '57014',
      });
      await untilActive(connection.key.processId);
      await requestCancel(addressOf(url), connection.key);
      await outcome;
      await expectUsable(connection);
    });
  });

  test('when nothing runs, or with a wrong key, changes nothing', async () => {
    await withConnection(async (connection) => {
      await requestCancel(addressOf(url), connection.key);
      await requestCancel(addressOf(url), {
        ...connection.key,
        secretKey: connection.key.secretKey ^ 1,
      });
      await expectUsable(connection);
    });
  });

  test('that does not reach a server is a ConnectionError', async () => {
    const nowhere = addressOf('postgres://u@%2Fnowhere:1/x');
    await expect(requestCancel(nowhere, { processId: 1, secretKey: 1 })).rejects.toBeInstanceOf(
      ConnectionError,
    );
  });
});

/** Until the server runs something on a session. */
async function untilActive(processId: number): Promise<void> {
  await withConnection(async (observer) => {
    const sql = `select 1 from pg_stat_activity where pid = ${processId} and wait_event = 'PgSleep'`;
    while ((await runSql(observer, sql)).completion.rowCount === 0);
  });
}

describe('a session that the server ends', () => {
  const terminate = (observer: PostgresConnection, { key }: PostgresConnection) =>
    runSql(observer, `select pg_terminate_backend(${key.processId}, 10000)`);

  test('while nothing runs is closed, and says why', async () => {
    await withConnection(async (observer) => {
      const connection = await openConnection(addressOf(url));
      await terminate(observer, connection);
      const error = await connection.describe('select 1').catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConnectionError);
      expect(connection.state).toBe('closed');
      await connection.close();
      await expectUsable(observer);
    });
  });

  test('while a statement runs fails it with what the server said', async () => {
    await withConnection(async (observer) => {
      const connection = await openConnection(addressOf(url));
      const outcome = expect(runSql(connection, 'select pg_sleep(60)')).rejects.toMatchObject({
        name: 'ServerError',
        code: '57P01',
      });
      await untilActive(connection.key.processId);
      await terminate(observer, connection);
      await outcome;
      expect(connection.state).toBe('closed');
      await connection.close();
    });
  });
});
