import { join } from 'node:path';
import { ExasolTransferError } from '@millrace/engine';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ParallelDrive, ROWS, startDrive } from './parallel-drive.js';

let drive: ParallelDrive;

beforeAll(async () => {
  drive = await startDrive();
});

beforeEach(async () => {
  await drive.cluster.query('truncate drive.target');
  drive.cluster.faults.requests = 'normal';
  drive.cluster.faults.death = undefined;
});

afterAll(() => drive?.close());

describe.each([1, 2, 4])(
  'a database that is refused a connection once, with %i tunnels',
  (workers) => {
    it('exports to files through new ones', async () => {
      const exa = await drive.connect();
      drive.cluster.faults.requests = 'refused-once';
      const to = join(await drive.folder(), 'part-%d.csv');
      const result = await exa.exportParallel({ from: 'drive.flights', to, workers });
      expect(drive.cluster.faults.requests).toBe('normal');
      expect(result.rowCount).toBe(ROWS);
      const paths = result.workers.map((_, i) => to.replace('%d', String(i)));
      expect((await drive.lines(paths)).length).toBeGreaterThanOrEqual(ROWS);
      await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
      await exa.close();
    });
  },
);

it('an import of a file is tried again through a new tunnel, and has each row once', async () => {
  const exa = await drive.connect();
  const from = join(await drive.folder(), 'part.csv');
  await exa.exportParallel({ from: 'drive.flights', to: from, workers: 1 });
  drive.cluster.faults.requests = 'refused-once';
  const { rowCount } = await exa.importParallel({ into: 'drive.target', from, workers: 1 });
  expect(drive.cluster.faults.requests).toBe('normal');
  expect(rowCount).toBe(ROWS);
  const [found] = await drive.cluster.query(
    'select count(*)::int n, count(distinct id)::int ids from drive.target',
  );
  expect(found).toEqual({ n: ROWS, ids: ROWS });
  await exa.close();
});

it('an import of rows that no node has read is tried again, and asks for each row once', async () => {
  const exa = await drive.connect();
  drive.cluster.faults.requests = 'refused-once';
  let asked = 0;
  function* rows() {
    asked++;
    for (let id = 1; id <= 5_000; id++) yield [id, `note ${id}`, null];
  }
  const result = await exa.importParallel({ into: 'drive.target', from: rows(), workers: 1 });
  expect(result.rowCount).toBe(5_000);
  expect(asked).toBe(1);
  const [found] = await drive.cluster.query(
    'select count(*)::int n, count(distinct id)::int ids from drive.target',
  );
  expect(found).toEqual({ n: 5_000, ids: 5_000 });
  await exa.close();
});

describe('nothing is tried again', () => {
  it('when the database is refused each time: the last word is its own', async () => {
    const exa = await drive.connect();
    let refusals = 0;
    Object.defineProperty(drive.cluster.faults, 'requests', {
      configurable: true,
      get: () => 'refused-once',
      set: () => {
        refusals++;
      },
    });
    try {
      const failure = await exa
        .exportParallel({ from: 'drive.flights', to: '/dev/null', workers: 1 })
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ExasolTransferError);
      expect(failure).toMatchObject({ cause: { sqlCode: '42636' } });
      expect(String(failure)).toMatch(/Connection refused/);
      expect(refusals).toBe(4);
    } finally {
      Object.defineProperty(drive.cluster.faults, 'requests', {
        configurable: true,
        writable: true,
        enumerable: true,
        value: 'normal',
      });
    }
    await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
    const { rows } = await exa.execute('select 1 as one');
    expect(rows).toHaveLength(1);
    await exa.close();
  });
});
