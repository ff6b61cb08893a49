/** The session against the simulated cluster: what scripted servers answer one message at a time, here as it comes together. */
import {
  ExasolError,
  openSession,
  type ResultSet,
  type Session,
  type SessionOptions,
} from '@millrace/exasol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ExasolCluster, startExasolCluster } from '../cluster/start-exasol-cluster.js';

let cluster: ExasolCluster;
const sessions: Session[] = [];

async function open(options: Partial<SessionOptions> = {}): Promise<Session> {
  const { dsn, user, password } = cluster;
  const session = await openSession({ dsn, user, password, schema: 's', ...options });
  sessions.push(session);
  return session;
}

async function rowsOf(session: Session, sql: string): Promise<readonly (readonly unknown[])[]> {
  return ((await session.execute(sql)) as ResultSet).rows();
}

beforeAll(async () => {
  cluster = await startExasolCluster({ nodes: 3, token: 'a-token' });
  const session = await open({ schema: '' });
  await session.execute('CREATE SCHEMA s');
  await session.execute('CREATE TABLE s.t (id DECIMAL(18,0), name VARCHAR(100))');
});

afterEach(async () => {
  cluster.heal();
  await Promise.all(sessions.splice(0).map((session) => session.close()));
  await cluster.query('truncate s.t');
  await expect.poll(() => cluster.openSessions()).toEqual([]);
});

afterAll(() => cluster?.stop());

describe.each([false, true])('with messages compressed: %s', (compression) => {
  it('fetches results of every shape, each row once and in order', async () => {
    const session = await open({ compression, fetchBytes: 4_000 });
    expect(session.attributes.compressionEnabled).toBe(compression);
    for (const count of [0, 1, 999, 1_000, 1_001, 5_000]) {
      for (const partialPageRows of [0, 1, 300]) {
        Object.assign(cluster.faults, { partialPageRows });
        const sql = `SELECT range_value FROM (VALUES BETWEEN 1 AND ${count})`;
        const rows = await rowsOf(session, sql);
        expect(rows).toHaveLength(count);
        expect(rows.every(([value], i) => Number(value) === i + 1)).toBe(true);
      }
    }
  });

  it('keeps integers that no double holds, in and out', async () => {
    const session = await open({ compression });
    const sql = `SELECT 999999999999999999, -999999999999999999, 9007199254740993,
      CAST(12345678901234567890123456789012345.6 AS DECIMAL(36,1)), CURRENT_SESSION`;
    const [row] = await rowsOf(session, sql);
    const [most, least, odd, decimal, id] = row ?? [];
    expect([most, least, odd].map(String)).toEqual([
      '999999999999999999',
      '-999999999999999999',
      '9007199254740993',
    ]);
    expect(decimal).toBe('12345678901234567890123456789012345.6');
    expect(String(id)).toBe(session.info.sessionId);
    await using insert = await session.prepare('INSERT INTO t VALUES (?, ?)');
    await insert.execute([[999_999_999_999_999_999n, 'most']]);
    const back = await rowsOf(session, "SELECT id FROM t WHERE name = 'most'");
    expect(back.map(([value]) => String(value))).toEqual(['999999999999999999']);
  });

  it('prepares, runs for many rows at once, and describes', async () => {
    const session = await open({ compression });
    const insert = await session.prepare('INSERT INTO t VALUES (?, ?)');
    expect(insert.parameters).toHaveLength(2);
    const rows = Array.from({ length: 2_000 }, (_, id) => [
      id,
      id % 2 === 0 ? null : `name "${id}"\n`,
    ]);
    expect(await insert.execute(rows)).toMatchObject({ rowCount: 2_000 });
    await insert.close();
    await using select = await session.prepare('SELECT id, name FROM t WHERE id < ? ORDER BY id');
    expect(select.columns.map(({ name }) => name)).toEqual(['ID', 'NAME']);
    const found = (await select.execute([[4]])) as ResultSet;
    const texts = (await found.rows()).map(([id, name]) => [Number(id), name]);
    expect(texts).toEqual(rows.slice(0, 4));
    const described = await session.describe('SELECT name FROM t');
    expect(described.columns).toMatchObject([{ name: 'NAME', type: { size: 100 } }]);
  });
});

describe('statements', () => {
  it('in a batch end with the first that fails; what went before is done', async () => {
    const session = await open();
    const [count, set] = await session.executeBatch([
      "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
      'SELECT name FROM t ORDER BY id',
    ]);
    expect(count).toMatchObject({ rowCount: 2 });
    expect(await (set as ResultSet).rows()).toEqual([['a'], ['b']]);
    const failing = session.executeBatch(['DELETE FROM t WHERE id = 1', 'SELECT 1 FROM nowhere']);
    await expect(failing).rejects.toMatchObject({ sqlCode: '42000' });
    expect(await rowsOf(session, 'SELECT id FROM t')).toEqual([[2n]]);
  });

  it('without autocommit are one transaction, which another session does not see', async () => {
    const session = await open({ autocommit: false });
    const other = await open();
    await session.execute("INSERT INTO t VALUES (1, 'a')");
    await expect(session.execute('SELECT 1 FROM nowhere')).rejects.toBeInstanceOf(ExasolError);
    expect(await rowsOf(other, 'SELECT id FROM t')).toEqual([]);
    await session.rollback();
    expect(await rowsOf(session, 'SELECT id FROM t')).toEqual([]);
    await session.execute("INSERT INTO t VALUES (2, 'b')");
    await session.commit();
    expect(await rowsOf(other, 'SELECT id FROM t')).toEqual([[2n]]);
    await session.setAutocommit(true);
    await session.execute('TRUNCATE TABLE t');
    expect(await rowsOf(other, 'SELECT id FROM t')).toEqual([]);
  });

  it('given all at once run in turn, and each gets its own answer', async () => {
    const session = await open();
    const numbers = Array.from({ length: 40 }, (_, i) => i);
    const answers = await Promise.all(numbers.map((n) => rowsOf(session, `SELECT ${n} FROM dual`)));
    expect(answers.map(([row]) => row?.[0])).toEqual(numbers);
  });

  it('may be told settings, and tell them', async () => {
    const session = await open({ schema: '' });
    await expect(session.execute('CREATE TABLE u (a INT)')).rejects.toThrow(/no schema/);
    const attributes = await session.setAttributes({ currentSchema: 's', queryTimeout: 7 });
    expect(attributes).toMatchObject({ currentSchema: 'S', queryTimeout: 7, autocommit: true });
    expect(await rowsOf(session, 'SELECT COUNT(*) FROM t')).toEqual([[0n]]);
    const nodes = await session.nodes(7);
    expect(new Set(nodes.map(({ host }) => host))).toEqual(new Set(cluster.hosts));
    expect(nodes).toHaveLength(7);
  });
});

it('the cluster’s metadata commands answer as statements do', async () => {
  const session = await open();
  await session.execute(
    'CREATE TABLE types (a DECIMAL(10,5), b VARCHAR(9), c CHAR(2), d DOUBLE, e TIMESTAMP, f DATE, g BOOLEAN)',
  );
  await session.execute('CREATE VIEW v AS SELECT id FROM t');
  const ask = async (command: string, fields: Record<string, unknown>): Promise<unknown> => {
    const { data } = await session.send({ command, ...fields } as never);
    const [result] = data.results as { resultSet: { data?: readonly unknown[][] } }[];
    return result?.resultSet.data;
  };
  const [schemas] = (await ask('getSchemas', {})) as unknown[][];
  expect(schemas).toEqual(['EXA_STATISTICS', 'S', 'SYS']);
  expect(await ask('getSchemas', { schema: 'NO%' })).toBeUndefined();
  expect(await ask('getTables', { schema: 'S' })).toMatchObject([
    ['T', 'TYPES', 'V'],
    ['S', 'S', 'S'],
    ['TABLE', 'TABLE', 'VIEW'],
    ['SYS', 'SYS', 'SYS'],
    [null, null, null],
  ]);
  expect(await ask('getTables', { table: 'T%', tableTypes: ['VIEW'] })).toBeUndefined();
  const [names, , , types] = (await ask('getColumns', { table: 'TYPES' })) as unknown[][];
  expect(names).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G']);
  expect(types).toEqual([
    'DECIMAL(10,5)',
    'VARCHAR(9) UTF8',
    'CHAR(2) UTF8',
    'DOUBLE',
    'TIMESTAMP',
    'DATE',
    'BOOLEAN',
  ]);
  await expect(ask('getNothing', {})).rejects.toMatchObject({ sqlCode: '0A000' });
});

describe('what ends a statement from outside', () => {
  const SLEEP = 'SELECT "$SLEEP"(20) FROM dual';

  it('its time limit: R0001, and the session goes on', async () => {
    const session = await open({ queryTimeoutSeconds: 1 });
    await expect(session.execute(SLEEP)).rejects.toMatchObject({ sqlCode: 'R0001' });
    expect(await rowsOf(session, 'SELECT 1 FROM dual')).toEqual([[1]]);
  });

  it('KILL STATEMENT of another session: R0003, and the session goes on', async () => {
    const session = await open();
    const other = await open();
    const slow = expect(session.execute(SLEEP)).rejects.toMatchObject({ sqlCode: 'R0003' });
    await isRunning();
    await other.execute(`KILL STATEMENT IN SESSION ${session.info.sessionId}`);
    await slow;
    expect(await rowsOf(session, 'SELECT 1 FROM dual')).toEqual([[1]]);
  });

  it('KILL SESSION: the session is gone, and says so', async () => {
    const session = await open();
    const other = await open();
    const slow = expect(session.execute(SLEEP)).rejects.toThrow(Error);
    await isRunning();
    await other.execute(`KILL SESSION ${session.info.sessionId}`);
    await slow;
    await expect.poll(() => session.lost).toBeInstanceOf(Error);
    await expect(session.execute('SELECT 1 FROM dual')).rejects.toThrow(/session is closed/);
    await expect(other.execute('KILL SESSION 17')).rejects.toMatchObject({ sqlCode: '42000' });
  });

  it.each([true, false])('the idle timeout, with signs of life %s', async (heartbeat) => {
    cluster.faults.heartbeat = heartbeat;
    const session = await open({ idleTimeoutMs: 300 });
    await session.setAttributes({ feedbackInterval: 0.1 });
    const slow = session.execute('SELECT "$SLEEP"(1) FROM dual');
    if (heartbeat) expect(await slow).toMatchObject({ rowCount: 1 });
    else
      await expect(slow).rejects.toMatchObject({
        name: 'ExasolConnectionError',
        code: 'ETIMEDOUT',
      });
    expect(session.lost === undefined).toBe(heartbeat);
  });

  async function isRunning(): Promise<void> {
    const sql = "select 1 from pg_stat_activity where wait_event = 'PgSleep'";
    await expect.poll(() => cluster.query(sql)).toHaveLength(1);
  }
});

describe('a login', () => {
  const login = (options: Partial<SessionOptions>): Promise<Session> =>
    openSession({ dsn: cluster.dsn, ...options }).then((session) => {
      sessions.push(session);
      return session;
    });

  it.each(['accessToken', 'refreshToken'] as const)('by %s', async (kind) => {
    const session = await login({ [kind]: 'a-token' });
    expect(await rowsOf(session, 'SELECT 1 FROM dual')).toEqual([[1]]);
    const wrong = await login({ [kind]: 'another' }).catch((error: unknown) => error);
    expect(wrong).toMatchObject({ name: 'ExasolError', sqlCode: '08004' });
    expect(JSON.stringify([String(wrong), (wrong as Error).stack])).not.toContain('another');
  });

  it('with a wrong password, a schema that is not there, and both a token and a user', async () => {
    const { user, password } = cluster;
    await expect(login({ user, password: 'no' })).rejects.toMatchObject({ sqlCode: '08004' });
    await expect(login({ user, password, schema: 'none' })).rejects.toThrow(/NONE not found/);
    await expect(login({ user, password, accessToken: 'a-token' })).rejects.toThrow(/one way/);
  });
});
