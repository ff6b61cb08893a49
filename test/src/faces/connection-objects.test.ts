/** ParallelConnection over connection objects: what the Python original's own tests ask, then what it got wrong. */
import { CommitError, ParallelConnection, ShardError } from '@millrace/engine';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failureOf } from '../support/eventually.js';
import { startShards } from '../support/start-shards.js';

/** Notes every call by its name and arguments. */
class Recorder {
  readonly calls: [name: string, ...args: unknown[]][] = [];

  protected note(name: string, args: readonly unknown[]): void {
    this.calls.push([name, ...args]);
  }
}

class RecordingCursor extends Recorder {
  execute(...args: unknown[]): void {
    this.note('execute', args);
  }
  fetchone(...args: unknown[]): unknown {
    this.note('fetchone', args);
    return { a: 1, b: 2 };
  }
  fetchall(...args: unknown[]): unknown {
    this.note('fetchall', args);
    return [{ a: 1, b: 2 }];
  }
  mogrify(...args: unknown[]): string {
    this.note('mogrify', args);
    return 'mogrified';
  }
  close(...args: unknown[]): void {
    this.note('close', args);
  }
}

class RecordingConnection extends Recorder {
  readonly cursors: RecordingCursor[] = [];

  cursor(...args: unknown[]): RecordingCursor {
    this.note('cursor', args);
    const cursor = new RecordingCursor();
    this.cursors.push(cursor);
    return cursor;
  }
  commit(...args: unknown[]): void {
    this.note('commit', args);
  }
}

describe('as in the original', () => {
  let connections: RecordingConnection[];
  let pdb: ParallelConnection;
  const callsOfCursors = (): unknown[] => connections.map(({ cursors }) => cursors[0]?.calls);

  beforeEach(() => {
    connections = [new RecordingConnection(), new RecordingConnection()];
    pdb = new ParallelConnection(connections);
  });

  test('every connection gives a cursor, made as asked', () => {
    pdb.cursor('a', { b: 'c' });
    for (const { calls } of connections) expect(calls).toEqual([['cursor', 'a', { b: 'c' }]]);
  });

  test('a statement and its argument go to every cursor', async () => {
    await pdb.cursor().execute('hello world', 42 as never);
    const calls = [['execute', 'hello world', 42]];
    expect(callsOfCursors()).toEqual([calls, calls]);
  });

  test('fetchone asks every cursor once', async () => {
    const c = pdb.cursor();
    await c.execute('hello world', 42 as never);
    expect(await c.fetchone()).toEqual({ a: 1, b: 2 });
    const calls = [['execute', 'hello world', 42], ['fetchone']];
    expect(callsOfCursors()).toEqual([calls, calls]);
  });

  test('fetchall gives the rows of all', async () => {
    const c = pdb.cursor();
    await c.execute('hello world', 42 as never);
    expect(await c.fetchall()).toEqual([
      { a: 1, b: 2 },
      { a: 1, b: 2 },
    ]);
    const calls = [['execute', 'hello world', 42], ['fetchall']];
    expect(callsOfCursors()).toEqual([calls, calls]);
  });

  test('commit goes to every connection, also before any statement', async () => {
    await pdb.commit();
    for (const { calls } of connections) expect(calls).toEqual([['commit']]);
  });

  test('close goes to every cursor, once', async () => {
    const c = pdb.cursor();
    await c.close();
    await c.close();
    expect(callsOfCursors()).toEqual([[['close']], [['close']]]);
    expect(c.closed).toBe(true);
  });

  test('mogrify is the first cursor’s', async () => {
    expect(await pdb.cursor().mogrify('hello world')).toBe('mogrified');
    expect(callsOfCursors()).toEqual([[['mogrify', 'hello world']], []]);
  });
});

/** Rows from a list, by methods that return promises. */
class ListConnection {
  readonly events: string[] = [];
  failsAt: string | undefined;

  constructor(
    readonly name: string,
    readonly rows: readonly unknown[][],
  ) {}

  async cursor() {
    let left: unknown[][] = [];
    await this.did('cursor');
    return {
      description: [['n', 23], 'label'],
      rowcount: this.rows.length,
      execute: async () => {
        await this.did('execute');
        left = [...this.rows];
      },
      fetchone: async () => {
        await this.did('fetchone');
        return left.shift();
      },
      fetchall: async () => {
        await this.did('fetchall');
        return left.splice(0);
      },
      close: () => this.did('close cursor'),
    };
  }
  commit = () => this.did('commit');
  rollback = () => this.did('rollback');
  close = () => this.did('close');

  private async did(event: string): Promise<void> {
    this.events.push(event);
    if (this.failsAt === event) throw Object.assign(new Error(`${event} failed`), { code: 'X1' });
  }
}

describe('mended', () => {
  let connections: [ListConnection, ListConnection, ListConnection];
  let pdb: ParallelConnection;
  const ROWS = [
    [1, 'a'],
    [null, null],
    [2, 'b'],
    [3, null],
  ];

  beforeEach(() => {
    connections = [
      new ListConnection('north', [
        [1, 'a'],
        [null, null],
      ]),
      new ListConnection('south', []),
      new ListConnection('west', [
        [2, 'b'],
        [3, null],
      ]),
    ];
    pdb = new ParallelConnection(connections);
  });

  test('fetchone gives every row once, those of NULLs, too', async () => {
    const c = pdb.cursor();
    await c.execute('select');
    const rows: unknown[] = [];
    for await (const row of c) rows.push(row);
    expect(rows).toEqual(ROWS);
    expect(await c.fetchone()).toBeNull();
    expect(c.description).toEqual([{ name: 'n' }, { name: 'label' }]);
    expect(c.rowcount).toBe(4);
  });

  test('what one call has fetched no other call gives again', async () => {
    const c = pdb.cursor();
    await c.execute('select');
    expect([await c.fetchone(), ...(await c.fetchmany(2)), ...(await c.fetchall())]).toEqual(ROWS);
    expect(await c.fetchall()).toEqual([]);
    await c.execute('select');
    expect(await c.fetchall()).toEqual(ROWS);
  });

  test('each cursor has rows of its own', async () => {
    const [a, b] = [pdb.cursor(), pdb.cursor()];
    await a.execute('select');
    await b.execute('select');
    await a.fetchone();
    await a.close();
    expect(await b.fetchall()).toEqual(ROWS);
  });

  test.each(['cursor', 'execute'])(
    'a failing %s is thrown by execute, and names the shard',
    async (event) => {
      connections[1].failsAt = event;
      const error = await failureOf<ShardError>(pdb.cursor().execute('select'));
      expect(error).toBeInstanceOf(ShardError);
      expect(error).toMatchObject({
        shard: 'south',
        code: 'X1',
        message: `Shard 'south': ${event} failed`,
      });
      expect(await failureOf(pdb.cursor().execute('select'))).toMatchObject({ code: '25P02' });
      connections[1].failsAt = undefined;
      await pdb.rollback();
      await pdb.cursor().execute('select');
      for (const { events } of connections) expect(events).toContain('rollback');
    },
  );

  test('a failing fetch names the shard, too', async () => {
    const c = pdb.cursor();
    await c.execute('select');
    connections[2].failsAt = 'fetchall';
    expect(await failureOf(c.fetchall())).toMatchObject({ shard: 'west' });
  });

  test('a commit that fails on one goes to all, and says who did not', async () => {
    connections[0].failsAt = 'commit';
    const error = await failureOf<CommitError>(pdb.commit());
    expect(error).toBeInstanceOf(CommitError);
    expect(error).toMatchObject({
      shard: 'north',
      committed: ['south', 'west'],
      notCommitted: [],
      unknown: ['north'],
    });
    for (const { events } of connections) expect(events).toEqual(['commit']);
  });

  test('putconn gives each to its pool, and fails when one is not taken', async () => {
    const taken: unknown[] = [];
    const pool = { putconn: (connection: ListConnection) => taken.push(connection) };
    const broken = { putconn: () => Promise.reject(new Error('pool is closed')) };
    expect((await failureOf(pdb.putconn([pool]))).message).toMatch(/each of the 3 connections/);
    expect(await failureOf(pdb.putconn([pool, broken, pool]))).toMatchObject({ shard: 'south' });
    taken.length = 0;
    await pdb.putconn([pool, pool, pool]);
    expect(taken).toEqual(connections);
    expect(() => pdb.cursor()).toThrow(/closed/);
    await pdb.close();
    for (const { events } of connections) expect(events).not.toContain('close');
  });

  test('close rolls back, and closes cursors before connections', async () => {
    await pdb.cursor().execute('select');
    await pdb.close();
    await pdb.close();
    for (const { events } of connections) {
      expect(events).toEqual(['cursor', 'execute', 'close cursor', 'rollback', 'close']);
    }
  });

  test('what is no connection is refused', () => {
    expect(() => new ParallelConnection([])).toThrow(/list of connections/);
    expect(() => new ParallelConnection([connections[0], {} as never])).toThrow(
      /connections\[1\] is no connection/,
    );
  });
});

describe('over clients of pg', () => {
  let servers: Awaited<ReturnType<typeof startShards>>;
  let clients: pg.Client[];

  beforeAll(async () => {
    servers = await startShards(2);
    clients = servers.urls.map((connectionString) => new pg.Client({ connectionString }));
    await Promise.all(clients.map((client) => client.connect()));
  });
  afterAll(async () => {
    await Promise.all(clients?.map((client) => client.end()) ?? []);
    await servers?.stop();
  });

  /** A client as a connection object, in a few lines. */
  function connectionOf(client: pg.Client) {
    let begun = false;
    const end = async (command: string): Promise<void> => {
      if (begun) await client.query(command);
      begun = false;
    };
    return {
      cursor() {
        let rows: unknown[][] = [];
        return {
          description: undefined as unknown,
          async execute(sql: string, values: unknown[] = []) {
            if (!begun) await client.query('begin');
            begun = true;
            const result = await client.query<unknown[]>({ text: sql, values, rowMode: 'array' });
            this.description = result.fields.length === 0 ? null : result.fields;
            rows = result.rows;
          },
          fetchone: () => rows.shift(),
          fetchall: () => rows.splice(0),
        };
      },
      commit: () => end('commit'),
      rollback: () => end('rollback'),
    };
  }

  test('statements, transactions and rows are theirs', async () => {
    const pdb = new ParallelConnection(clients.map(connectionOf));
    const c = pdb.cursor();
    await c.execute('create table t as select $1::int as n', [5]);
    await pdb.commit();
    await c.execute('insert into t values (6)');
    expect(c.description).toBeNull();
    await pdb.rollback();
    await c.execute('select n from t order by n');
    expect(c.description?.[0]).toMatchObject({ name: 'n', dataTypeID: 23 });
    expect(await c.fetchall()).toEqual(clients.map(() => [5]));
    await pdb.close();
  });
});
