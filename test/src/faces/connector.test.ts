/** Connector modules in worker threads: rows, order, back pressure, failures and cancels. */
import { ParallelConnection, ShardError } from '@millrace/engine';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { failureOf, within } from '../support/eventually.js';

/** Threads import the built file. */
const CONNECTOR = new URL('../../dist/faces/scripted-connector.js', import.meta.url);
const DSNS = ['a', { dsn: 'b', name: 'second' }, 'c'];

let pdb: ParallelConnection;

beforeEach(async () => {
  pdb = await ParallelConnection.connect(DSNS, { connector: CONNECTOR, threads: 2 });
});
afterEach(async () => {
  await pdb?.close();
});

const rowsOf = (dsn: string, count: number): unknown[][] =>
  Array.from({ length: count }, (_, i) => [dsn, i]);
const ALL = (count: number): unknown[][] => ['a', 'b', 'c'].flatMap((dsn) => rowsOf(dsn, count));

describe('a cursor over connectors', () => {
  test('gives the union, one after the other, many shards to a thread', async () => {
    const c = pdb.cursor();
    await c.execute('count 200');
    expect(c.description).toEqual([{ name: 'dsn' }, { name: 'n' }]);
    expect(c.rowcount).toBe(600);
    expect([await c.fetchone(), ...(await c.fetchmany(250)), ...(await c.fetchall())]).toEqual(
      ALL(200),
    );
    await c.execute('nothing');
    expect([c.description, c.rowcount]).toEqual([null, 9]);
  });

  test('gives objects when asked for dicts', async () => {
    const c = pdb.cursor({ rowFactory: 'dict' });
    await c.execute('count 10');
    expect(await c.fetchone()).toEqual({ dsn: 'a', n: 0 });
  });

  test('hands arguments on as they are, and ends transactions everywhere', async () => {
    const c = pdb.cursor({ rowFactory: 'dict' });
    await c.execute('count 10');
    await pdb.commit();
    await c.execute('count 10');
    await pdb.rollback();
    await c.execute('log', { ':name': [5n] });
    expect(await c.fetchall()).toEqual(
      ['a', 'b', 'c'].map((dsn) => ({
        dsn,
        log: 'count 10,COMMIT,count 10,ROLLBACK,log',
        parameters: { ':name': [5n] },
      })),
    );
  });

  test('that does not commit is named', async () => {
    await pdb.cursor().execute('poison b');
    expect(await failureOf(pdb.commit())).toMatchObject({
      name: 'CommitError',
      message: "Shard 'second': poisoned; committed on 'shard0', 'shard2'; not known of 'second'",
      shard: 'second',
      committed: ['shard0', 'shard2'],
      unknown: ['second'],
    });
  });

  test('streams, and makes no more than a few chunks ahead', async () => {
    const one = await ParallelConnection.connect(['a'], { connector: CONNECTOR });
    const c = one.cursor({ stream: true });
    await c.execute('count 100000');
    expect(await c.fetchmany(10)).toEqual(rowsOf('a', 10));
    expect((await failureOf(one.cursor().execute('made'))).message).toMatch(/streaming cursor/);
    await c.close();
    await one.rollback();
    const made = one.cursor();
    await made.execute('made');
    const [chunks] = (await made.fetchone()) as unknown[];
    expect(chunks).toBeGreaterThan(1);
    expect(chunks).toBeLessThan(10);
    await one.close();
  });

  test('streams to the end', async () => {
    const c = pdb.cursor({ stream: true });
    await c.execute('count 1000');
    expect(c.rowcount).toBe(-1);
    const rows = await c.fetchall();
    expect(rows.sort()).toEqual(ALL(1000).sort());
    expect(c.rowcount).toBe(3000);
    await pdb.commit();
  });
});

describe('a failure', () => {
  test.each(['fail 1 b', 'count 1000 breaks b'])(
    'of "%s" names the shard and ends the others',
    async (sql) => {
      const c = pdb.cursor();
      const error = await failureOf<ShardError>(c.execute(sql));
      expect(error).toBeInstanceOf(ShardError);
      expect(error).toMatchObject({ shard: 'second', code: 'MILLRACE_CONNECTOR' });
      expect(await failureOf(c.execute('count 10'))).toMatchObject({ code: '25P02' });
      await pdb.rollback();
      await c.execute('count 10');
      expect(await c.fetchall()).toEqual(ALL(10));
    },
  );

  test('while rows are streamed is thrown where they are fetched', async () => {
    const c = pdb.cursor({ stream: true });
    await c.execute('count 1000 breaks c');
    expect(await failureOf(c.fetchall())).toMatchObject({ shard: 'shard2' });
    expect(await failureOf(c.fetchall())).toMatchObject({ shard: 'shard2' });
    await pdb.rollback();
    await c.execute('count 10');
  });

  test('of columns that differ names the shard', async () => {
    expect(await failureOf(pdb.cursor().execute('differ'))).toMatchObject({
      shard: 'second',
      code: 'MILLRACE_SCHEMA_DRIFT',
    });
  });

  test('of a thread is an error, and not a wait', async () => {
    const c = pdb.cursor();
    const error = await within(20_000, 'execute', failureOf(c.execute('exit')));
    expect(error).toMatchObject({ code: 'MILLRACE_THREAD_LOST' });
    await within(20_000, 'close', pdb.close());
  });

  test.each<[string, unknown[], unknown, RegExp]>([
    ['connect', ['a', 'nowhere'], CONNECTOR, /Shard 'shard1': no such place/],
    ['a module that is not there', ['a'], new URL('gone.js', CONNECTOR), /Cannot find module/],
    [
      'a module without connect',
      ['a'],
      new URL('../support/ask.js', CONNECTOR),
      /no default export/,
    ],
    ['a path', ['a'], './connector.js', /must be the URL of a module/],
    ['no databases', [], CONNECTOR, /at least one database/],
    ['a database without a name', [5], CONNECTOR, /dsns\[0\] must be/],
  ])('to %s is thrown by connect', async (_, dsns, connector, message) => {
    const options = { connector: connector as URL };
    const error = await failureOf(ParallelConnection.connect(dsns as string[], options));
    expect(error.message).toMatch(message);
  });
});

describe('a cancel', () => {
  test('by a signal reaches every connector', async () => {
    const abort = new AbortController();
    const c = pdb.cursor();
    const running = failureOf(c.execute('wait', null, { signal: abort.signal }));
    abort.abort();
    expect(await within(20_000, 'the cancel', running)).toMatchObject({
      code: 'MILLRACE_CANCELLED',
    });
    await pdb.rollback();
    await c.execute('log');
    for (const [, log] of await c.fetchall()) expect(log).toBe('wait,CANCEL,ROLLBACK,log');
  });

  test('by time, too', async () => {
    const running = failureOf(pdb.cursor().execute('wait', null, { timeoutMs: 20 }));
    expect(await within(20_000, 'the timeout', running)).toMatchObject({
      code: 'MILLRACE_TIMEOUT',
    });
  });

  test('by close', async () => {
    const c = pdb.cursor();
    const running = failureOf(c.execute('wait'));
    await within(20_000, 'close', pdb.close());
    expect(await running).toMatchObject({ code: 'MILLRACE_CANCELLED' });
  });

  test('by close reaches a cursor that streams', async () => {
    const c = pdb.cursor({ stream: true });
    await c.execute('count 1000000');
    await c.fetchone();
    await within(20_000, 'close', pdb.close());
    expect(c.closed).toBe(true);
  });
});
