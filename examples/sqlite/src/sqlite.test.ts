import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ParallelConnection, ShardError } from '@millrace/engine';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeDatabases } from './make-databases.js';

/** Threads import the built file. */
const CONNECTOR = new URL('../dist/sqlite-connector.js', import.meta.url);

let folder: string;
let dsns: { name: string; dsn: string }[];
let pdb: ParallelConnection;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-sqlite-test-'));
  dsns = await makeDatabases(folder);
  pdb = await ParallelConnection.connect(dsns, { connector: CONNECTOR });
});
afterEach(async () => {
  await pdb?.close();
  await rm(folder, { recursive: true });
});

async function countAnew(): Promise<unknown[]> {
  await using other = await ParallelConnection.connect(dsns, { connector: CONNECTOR });
  const c = other.cursor();
  await c.execute('SELECT count(*) FROM rivers');
  return (await c.fetchall()).flat();
}

describe('two SQLite files', () => {
  test('answer as one', async () => {
    const c = pdb.cursor({ rowFactory: 'dict' });
    await c.execute('SELECT name, km FROM rivers WHERE km > :least ORDER BY km DESC', {
      ':least': 4800,
    });
    expect(c.description).toEqual([{ name: 'name' }, { name: 'km' }]);
    expect(c.rowcount).toBe(3);
    expect(await c.fetchone()).toEqual({ name: 'Nile', km: 6650 });
    expect(await c.fetchall()).toEqual([
      { name: 'Amazon', km: 6400 },
      { name: 'Paraná', km: 4880 },
    ]);
  });

  test('commit and roll back together', async () => {
    const c = pdb.cursor();
    await c.execute('DELETE FROM rivers WHERE km < ?', [3000]);
    expect([c.rowcount, c.description]).toEqual([2, null]);
    await pdb.rollback();
    expect(await countAnew()).toEqual([4, 4]);
    await c.execute('DELETE FROM rivers WHERE km < ?', [3000]);
    expect(await countAnew()).toEqual([4, 4]);
    await pdb.commit();
    expect(await countAnew()).toEqual([3, 3]);
  });

  test('give many rows in chunks', async () => {
    const sql =
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) SELECT i, i * 2 FROM n';
    const expected = Array.from({ length: 12_000 }, (_, i) => [i + 1, 2 * (i + 1)]);
    const c = pdb.cursor();
    await c.execute(sql);
    expect(await c.fetchall()).toEqual([...expected, ...expected]);
  });

  test('say which of them failed', async () => {
    const c = pdb.cursor();
    const failure = c.execute("SELECT abs(-9223372036854775808) FROM rivers WHERE name = 'Amazon'");
    await expect(failure).rejects.toBeInstanceOf(ShardError);
    await expect(failure).rejects.toMatchObject({
      shard: 'america',
      message: expect.stringContaining('overflow'),
    });
    await expect(c.execute('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
    await pdb.rollback();
    await c.execute('SELECT 1');
  });
});
