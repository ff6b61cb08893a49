/** ParallelConnection over real servers: the union, its rows, and what the Python original got wrong. */
import { connect, type Database, ParallelConnection, ShardError, SqlError } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { untilRunning } from '../support/activity.js';
import { ask, askAll } from '../support/ask.js';
import { failureOf } from '../support/eventually.js';
import { startShards } from '../support/start-shards.js';

const APPLICATION = 'millrace-faces';

let servers: Awaited<ReturnType<typeof startShards>>;
let db: Database;
let pdb: ParallelConnection;

beforeAll(async () => {
  servers = await startShards(3);
  db = await connect({ shards: [...servers.urls], application_name: APPLICATION });
  await askAll(
    servers.urls,
    (shard) => `create table t (shard int, n int, label text);
      insert into t select ${shard}, i, case when i % 2 = 0 then 'row ' || i end from generate_series(1, 5) i;
      create table many as select ${shard} as shard, i as n from generate_series(1, 3000) i;
      create table zero_on_last as select ${shard === servers.urls.length - 1 ? 0 : 1} as n`,
  );
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});
beforeEach(() => {
  pdb = new ParallelConnection(db);
});
afterEach(async () => {
  await pdb?.close();
});

/** What every shard answers, one shard after the other. */
async function union(sql: string): Promise<Record<string, unknown>[]> {
  return (await askAll(servers.urls, sql)).flatMap(({ rows }) => rows);
}

const ALL = 'select shard, n, label from t order by n';

describe('a cursor', () => {
  test('gives the union of all shards, one after the other, as arrays', async () => {
    const c = pdb.cursor();
    await c.execute(ALL);
    expect(c.rowcount).toBe(5 * servers.urls.length);
    expect(c.description?.map(({ name }) => name)).toEqual(['shard', 'n', 'label']);
    expect(await c.fetchall()).toEqual((await union(ALL)).map((row) => Object.values(row)));
    expect(await c.fetchall()).toEqual([]);
    expect(await c.fetchone()).toBeNull();
  });

  test('gives objects when asked for dicts', async () => {
    const c = pdb.cursor({ rowFactory: 'dict' });
    await c.execute(ALL);
    expect(await c.fetchall()).toEqual(await union(ALL));
  });

  test('gives each row once, by whatever calls', async () => {
    const expected = await union('select shard, n from many order by n');
    const c = pdb.cursor({ rowFactory: 'dict' });
    await c.execute('select shard, n from many order by n');
    c.arraysize = 700;
    const rows = [await c.fetchone(), await c.fetchone(), ...(await c.fetchmany())];
    expect(rows).toHaveLength(702);
    rows.push(...(await c.fetchmany(3)));
    for await (const row of c) {
      rows.push(row);
      if (rows.length === 1000) break;
    }
    rows.push(...(await Promise.all([c.fetchone(), c.fetchone()])), ...(await c.fetchall()));
    expect(rows).toEqual(expected);
    expect(await c.fetchmany(10)).toEqual([]);
  });

  test('gives rows of NULLs alone', async () => {
    const c = pdb.cursor();
    await c.execute('select null::int, null::text');
    for (const _ of servers.urls) expect(await c.fetchone()).toEqual([null, null]);
    expect(await c.fetchone()).toBeNull();
  });

  test('is an object of its own', async () => {
    const [a, b] = [pdb.cursor(), pdb.cursor()];
    await Promise.all([a.execute("select 'a'"), b.execute("select 'b'")]);
    expect(await b.fetchone()).toEqual(['b']);
    await b.close();
    expect(await a.fetchall()).toEqual(servers.urls.map(() => ['a']));
    expect(await failureOf(b.execute('select 1'))).toMatchObject({
      code: 'MILLRACE_CONFIGURATION',
    });
    await b.close();
  });

  test('says what a statement without rows has done', async () => {
    const c = pdb.cursor();
    expect([c.rowcount, c.description, c.arraysize]).toEqual([-1, null, 1]);
    await c.execute('update t set label = label where n < 3');
    expect([c.rowcount, c.description]).toEqual([2 * servers.urls.length, null]);
    expect((await failureOf(c.fetchall())).message).toMatch(/No rows to fetch/);
    await c.execute("set application_name = 'x'");
    expect(c.rowcount).toBe(-1);
  });

  test('takes the placeholders of psycopg, and $1', async () => {
    const c = pdb.cursor();
    const expected = servers.urls.map((_, shard) => [shard, 3]);
    await c.execute('select shard, n from t where n = %s and n %% 2 = %s', [3, 1]);
    expect(await c.fetchall()).toEqual(expected);
    await c.execute('select shard, n from t where n = %(n)s or n + %(n)s = 6 and n > 3', { n: 3 });
    expect(await c.fetchall()).toEqual(expected);
    await c.execute('select shard, n from t where n = $1 and n % 2 = $2', [3, 1]);
    expect(await c.fetchall()).toEqual(expected);
    await c.execute('select shard, n from t where n in %s and n = any(%s)', [
      [1, 3],
      [3, 4],
    ]);
    expect(await c.fetchall()).toEqual(expected);
    await c.execute('select 7 % 4');
    expect(await c.fetchone()).toEqual([3]);
  });

  test('sends values beside the statement', async () => {
    const c = pdb.cursor();
    const hostile = "'; drop table t; --";
    await c.execute('select %s::text', [hostile]);
    expect(await c.fetchone()).toEqual([hostile]);
  });

  test('chooses the values that it was asked for', async () => {
    const c = pdb.cursor({ types: { int8: 'bigint' } });
    await c.execute('select 5::int8');
    expect(await c.fetchone()).toEqual([5n]);
  });
});

describe('an error on a shard', () => {
  test('is thrown by the execute that met it, and names the shard', async () => {
    const c = pdb.cursor();
    const error = await failureOf<SqlError>(c.execute('select 1 / n from zero_on_last'));
    expect(error).toBeInstanceOf(SqlError);
    expect(error).toMatchObject({ code: '22012', shard: `shard${servers.urls.length - 1}` });
    expect(error.stack).toContain('parallel-connection.slice.test.ts');
  });

  test('on the last of many rows is thrown by execute, too', async () => {
    const c = pdb.cursor();
    const error = await failureOf(c.execute('select 1 / (3000 - n) from many'));
    expect(error).toMatchObject({ code: '22012' });
    expect(c.description).toBeNull();
  });

  test('fails the transaction on all shards until it is rolled back', async () => {
    const c = pdb.cursor();
    await c.execute('create table gone (n int)');
    await failureOf(c.execute('select 1 / n from zero_on_last'));
    const refused = await failureOf(c.execute('select 1'));
    expect(refused).toMatchObject({ code: '25P02', name: 'SqlError' });
    expect(await failureOf(pdb.commit())).toMatchObject({ code: '25P02' });
    await pdb.rollback();
    await c.execute("select to_regclass('gone')");
    expect(await c.fetchall()).toEqual(servers.urls.map(() => [null]));
  });

  test.each<[string, unknown, object?]>([
    ['select %s', []],
    ['select %s', [() => 1]],
    ['select 1', [], { timeoutMs: -1 }],
    ['select 1', [], { mode: 'nowhere' }],
    [undefined as never, []],
  ])('in the call itself leaves the transaction as it is: %s %j %j', async (sql, args, options) => {
    const c = pdb.cursor();
    await c.execute('create temporary table kept as select 1 as n');
    const error = await failureOf(c.execute(sql, args as unknown[], options));
    expect(error.code).toMatch(/MILLRACE_(PARAMETER|CONFIGURATION)/);
    await c.execute('select n from kept');
    expect(await c.fetchall()).toEqual(servers.urls.map(() => [1]));
  });

  test('can be taken back to a savepoint', async () => {
    const c = pdb.cursor();
    await c.execute('create temporary table kept as select 1 as n');
    await c.execute('savepoint here');
    await failureOf(c.execute('select 1 / n from zero_on_last'));
    expect(await failureOf(c.execute('commit'))).toMatchObject({ code: '25P02' });
    await c.execute('rollback to savepoint here');
    await c.execute('select n from kept');
    expect(await c.fetchall()).toEqual(servers.urls.map(() => [1]));
  });
});

describe('a streaming cursor', () => {
  test('gives the rows of all shards, and its count at the end', async () => {
    const c = pdb.cursor({ stream: true });
    await c.execute('select shard, n from many');
    expect(c.rowcount).toBe(-1);
    const rows = [await c.fetchone(), ...(await c.fetchmany(10)), ...(await c.fetchall())];
    expect(rows).toHaveLength(3000 * servers.urls.length);
    expect(new Set(rows.map(String)).size).toBe(rows.length);
    expect(c.rowcount).toBe(rows.length);
    await c.execute('select 1');
    await c.fetchall();
    await pdb.commit();
  });

  test('keeps others off the connection until its rows are read', async () => {
    const c = pdb.cursor({ stream: true });
    await c.execute('select n, repeat($$x$$, 1000) from many, generate_series(1, 20)');
    await c.fetchone();
    const other = pdb.cursor();
    for (const call of [other.execute('select 1'), pdb.commit()]) {
      expect((await failureOf(call)).message).toMatch(/streaming cursor/);
    }
    await pdb.rollback();
    await other.execute('select 1');
    for (let i = 0; i < 2; i++) {
      expect(await failureOf(c.fetchall())).toMatchObject({ code: 'MILLRACE_CANCELLED' });
    }
  });

  test('that is closed early has failed the transaction', async () => {
    const c = pdb.cursor({ stream: true });
    await c.execute('select n, repeat($$x$$, 1000) from many, generate_series(1, 20)');
    await c.close();
    expect(await failureOf(pdb.cursor().execute('select 1'))).toMatchObject({ code: '25P02' });
    await pdb.rollback();
    await pdb.cursor().execute('select 1');
  });
});

describe('a connection', () => {
  test('is made from URLs and closes what it opened', async () => {
    await using own = await ParallelConnection.connect(servers.urls, { autocommit: true });
    const c = own.cursor();
    await c.execute('select 1');
    expect(await c.fetchall()).toHaveLength(servers.urls.length);
    await own.close();
    await own.close();
    expect(() => own.cursor()).toThrow(/closed/);
    expect((await failureOf(own.commit())).message).toMatch(/closed/);
  });

  test('that cannot be made names the shard', async () => {
    const error = await failureOf(
      ParallelConnection.connect([servers.urls[0] as string, 'postgres://u@127.0.0.1:1/x']),
    );
    expect(error).toBeInstanceOf(ShardError);
    expect(error).toMatchObject({ shard: 'shard1' });
  });

  test('cancels what is under way when it is closed', async () => {
    const c = pdb.cursor();
    const running = failureOf(c.execute('select pg_sleep(600)'));
    await untilRunning(servers.urls, APPLICATION, /pg_sleep/);
    const waiting = failureOf(pdb.cursor().execute('select 1'));
    await pdb.close();
    expect(await waiting).toMatchObject({ code: '25P02' });
    expect(await running).toMatchObject({ code: 'MILLRACE_CANCELLED' });
  });

  test('refuses options that it does not know', () => {
    expect(() => pdb.cursor({ rowFactory: 'list' as never })).toThrow(/'tuple' or 'dict'/);
    expect(() => pdb.cursor({ rows: 'dict' })).toThrow(
      /'rows' is not an option of cursor.*rowFactory, stream, types/,
    );
    expect(() => new ParallelConnection('postgres://a/b' as never)).toThrow(
      /ParallelConnection.connect/,
    );
  });

  test('has no connections of pools', async () => {
    expect((await failureOf(pdb.putconn([]))).message).toMatch(/connection objects/);
  });

  test('leaves the session of others alone', async () => {
    const c = pdb.cursor();
    await c.execute("set work_mem = '9MB'");
    await c.execute('create temporary table mine (n int)');
    await pdb.commit();
    await c.execute('show work_mem');
    expect(await c.fetchone()).toEqual(['9MB']);
    await pdb.close();
    for (let i = 0; i < 8; i++) {
      const { rows } = await db.query(
        "select to_regclass('mine') as mine, current_setting('work_mem') as memory",
        [],
        { mode: 'union' },
      );
      for (const row of rows) expect(row).toEqual({ mine: null, memory: '4MB' });
    }
    expect((await ask(servers.urls[0] as string, 'show work_mem')).rows).toEqual([
      { work_mem: '4MB' },
    ]);
  });
});
