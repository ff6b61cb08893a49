/** The judge `@exasol/exasol-driver-ts`, by its CommonJS build: the other one cannot log in on Node 20. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type ExasolCluster, startExasolCluster } from '../cluster/start-exasol-cluster.js';

interface Driver {
  connect(): Promise<void>;
  query(sql: string): Promise<{ getRows(): Record<string, unknown>[] }>;
  execute(sql: string): Promise<number>;
  executeBatch(sqls: readonly string[]): Promise<unknown>;
  prepare(
    sql: string,
  ): Promise<{ execute(...values: unknown[]): Promise<unknown>; close(): Promise<void> }>;
  importFromCsvFile(table: string, path: string): Promise<unknown>;
  exportToCsvFile(source: string, path: string): Promise<unknown>;
  close(): Promise<void>;
}

type DriverClass = new (factory: (url: string) => WebSocket, config: object) => Driver;

const { ExasolDriver } = createRequire(import.meta.url)('@exasol/exasol-driver-ts') as {
  ExasolDriver: DriverClass;
};

let cluster: ExasolCluster;
let folder: string;

beforeAll(async () => {
  cluster = await startExasolCluster({ nodes: 2 });
  folder = await mkdtemp(join(tmpdir(), 'millrace-judge-'));
});

afterAll(async () => {
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function withDriver<T>(config: object, work: (driver: Driver) => Promise<T>): Promise<T> {
  const driver = new ExasolDriver((url) => new WebSocket(url, { ca: cluster.authority }), {
    host: '127.0.0.1',
    port: cluster.port,
    user: cluster.user,
    password: cluster.password,
    ...config,
  });
  await driver.connect();
  try {
    return await work(driver);
  } finally {
    await driver.close();
  }
}

describe('exasol-driver-ts', () => {
  it('logs in over TLS and reads values', () =>
    withDriver({}, async (driver) => {
      const answer = await driver.query("SELECT 1 AS a, 'x' AS b, 0.70 AS c, TRUE AS d, '' AS e");
      expect(answer.getRows()).toEqual([{ A: 1, B: 'x', C: '0.7', D: true, E: null }]);
    }));

  it('reads a result over several pages, with compression and without TLS', () =>
    withDriver(
      { compression: true, url: `ws://127.0.0.1:${cluster.port}`, fetchSize: 10_000 },
      async (driver) => {
        const answer = await driver.query(
          'SELECT range_value AS n FROM (VALUES BETWEEN 1 AND 20000) ORDER BY 1',
        );
        const rows = answer.getRows();
        expect(rows).toHaveLength(20_000);
        expect(rows.at(-1)).toEqual({ N: 20_000 });
      },
    ));

  it('runs a batch and a prepared statement', () =>
    withDriver({}, async (driver) => {
      await driver.executeBatch([
        'CREATE SCHEMA judge1',
        'CREATE TABLE t (id DECIMAL(18,0), s VARCHAR(20))',
      ]);
      const statement = await driver.prepare('INSERT INTO judge1.t VALUES (?, ?)');
      await statement.execute(1, 'one');
      await statement.execute(2, '');
      await statement.close();
      const answer = await driver.query('SELECT * FROM judge1.t ORDER BY id');
      expect(answer.getRows()).toEqual([
        { ID: 1, S: 'one' },
        { ID: 2, S: null },
      ]);
    }));

  it('imports a file and exports it again', () =>
    withDriver({}, async (driver) => {
      const rows = Array.from({ length: 50_000 }, (_, n) => `${n},"row ""${n}"", and\nmore"`).join(
        '\n',
      );
      const source = join(folder, 'source.csv');
      await writeFile(source, `${rows}\n`);
      await driver.execute('CREATE SCHEMA judge2');
      await driver.execute('CREATE TABLE judge2.t (id DECIMAL(18,0), s VARCHAR(100))');
      await driver.importFromCsvFile('judge2.t', source);
      const target = join(folder, 'target.csv');
      await driver.exportToCsvFile('(SELECT * FROM judge2.t ORDER BY id)', target);
      expect(await readFile(target, 'utf8')).toBe(`${rows}\n`);
    }));

  it('hears of an error before any request', () =>
    withDriver({}, async (driver) => {
      await expect(driver.exportToCsvFile('nowhere', join(folder, 'none.csv'))).rejects.toThrow(
        /object NOWHERE not found/,
      );
    }));

  it('is refused with a wrong password', async () => {
    await expect(withDriver({ password: 'wrong' }, async () => undefined)).rejects.toMatchObject(
      expect.anything(),
    );
  });
});
