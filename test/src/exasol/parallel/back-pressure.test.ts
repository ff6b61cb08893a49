/** Sinks and sources that are slow, and not stuck: the other side waits for them, and every row comes. */
import type { ExasolConnection } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { committed, drop, errorOf, targetRows } from './aftermath.js';
import { type ParallelDrive, ROWS, startDrive } from './parallel-drive.js';

let drive: ParallelDrive;
let exa: ExasolConnection;

beforeAll(async () => {
  drive = await startDrive();
  exa = await drive.connect();
});

afterEach(async () => {
  drive.cluster.heal();
  await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
});

afterAll(() => drive?.close());

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Rows of about 110 bytes: more than all buffers between a node and a sink can hold. */
const MANY = 500_000;
const FROM = {
  query: `SELECT range_value, '${'x'.repeat(100)}' FROM (VALUES BETWEEN 1 AND ${MANY})`,
};

/** How far the nodes have come with an EXPORT. */
function watchRows(): () => number {
  let row = 0;
  drive.cluster.faults.spread = (at, files) => {
    row = at + 1;
    return at % files;
  };
  return () => row;
}

/** Settles when a number above 0 has come to rest. */
async function rest(read: () => number): Promise<number> {
  let before = -1;
  const isStill = (): boolean => {
    const now = read();
    const still = now > 0 && now === before;
    before = now;
    return still;
  };
  await expect.poll(isStill, { interval: 250, timeout: 20_000 }).toBe(true);
  return read();
}

describe.each([
  { encryption: true, compression: false },
  { encryption: false, compression: true },
])('an export, TLS $encryption and gzip $compression', (form) => {
  it('waits for a sink that holds its first piece, and then gives it everything', async () => {
    const sent = watchRows();
    let open!: () => void;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let lines = 0;
    const to = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const piece of bytes) {
        await gate;
        for (const byte of piece) if (byte === 0x0a) lines += 1;
      }
    };
    // What is the same in every row is packed a hundredfold, and would fit into the buffers.
    const from = form.compression
      ? {
          query: `SELECT range_value, md5(range_value::text) || md5('a' || range_value::text) || md5('b' || range_value::text) FROM (VALUES BETWEEN 1 AND ${MANY})`,
        }
      : FROM;
    const call = exa.exportParallel({ from, to, workers: 2, ...form });
    expect(await rest(sent)).toBeLessThan(MANY);
    expect(lines).toBe(0);
    open();
    expect((await call).rowCount).toBe(MANY);
    expect(lines).toBe(MANY);
  }, 60_000);

  it('to a sink that takes a turn for each piece is whole', async () => {
    let lines = 0;
    const to = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const piece of bytes) {
        for (let i = 0; i < 50; i++) await turn();
        for (const byte of piece) if (byte === 0x0a) lines += 1;
      }
    };
    // A seventh of the rows have a line end of their own.
    const from = 'drive.flights';
    const { rowCount } = await exa.exportParallel({ from, to, workers: 3, ...form });
    expect([rowCount, lines]).toEqual([ROWS, ROWS + Math.floor(ROWS / 7)]);
  });

  it('from nodes that send slowly is whole', async () => {
    drive.cluster.faults.tunnelSpeed = 2_000_000;
    const options = { from: 'drive.flights', to: drop, workers: 3, ...form };
    expect((await exa.exportParallel(options)).rowCount).toBe(ROWS);
  });
});

it('a loop that holds its batch stops the nodes, and then gets every row once', async () => {
  const sent = watchRows();
  const seen = new Uint8Array(MANY + 1);
  let first = true;
  for await (const batch of exa.stream(FROM, { workers: 2 })) {
    if (first) expect(await rest(sent)).toBeLessThan(MANY);
    first = false;
    const [ids] = batch.vectors;
    for (let row = 0; row < batch.rowCount; row++) seen[Number(ids?.at(row))] = 1;
  }
  expect(seen.reduce((sum, one) => sum + one, 0)).toBe(MANY);
}, 60_000);

describe.each([
  { encryption: true, compression: false },
  { encryption: false, compression: true },
])('an import, TLS $encryption and gzip $compression', (form) => {
  it('does not ask its source for more than nodes take', async () => {
    await drive.cluster.query('truncate drive.target');
    drive.cluster.faults.tunnelSpeed = 50_000;
    let given = 0;
    const stop = new AbortController();
    function* noise(): Generator<readonly unknown[]> {
      for (let id = 0; id < 1_000_000; id++) {
        given += 1;
        yield [
          id,
          Array.from({ length: 10 }, () => Math.random().toString(36))
            .join('')
            .slice(0, 100),
          null,
        ];
      }
    }
    const { signal } = stop;
    const call = exa.importParallel({
      into: 'drive.target',
      from: noise(),
      workers: 2,
      signal,
      ...form,
    });
    const failed = errorOf(call);
    expect(await rest(() => given)).toBeLessThan(1_000_000);
    stop.abort();
    expect((await failed).name).toBe('CancelledError');
    expect(await committed(drive)).toBe(0);
    expect((await exa.execute('SELECT 1 FROM dual')).rowCount).toBe(1);
  }, 60_000);

  it('from sources that take their time is whole', async () => {
    await drive.cluster.query('truncate drive.target');
    async function* slow(from: number): AsyncGenerator<readonly unknown[]> {
      for (let id = from; id < from + 3_000; id++) {
        if (id % 10 === 0) await turn();
        yield [id, `note ${id}`, null];
      }
    }
    const from = [slow(0), slow(3_000)];
    const { rowCount } = await exa.importParallel({ into: 'drive.target', from, ...form });
    expect(rowCount).toBe(6_000);
    const rows = await drive.cluster.query('select count(distinct id)::int n from drive.target');
    expect(rows).toEqual([{ n: 6_000 }]);
  });

  it('to nodes that read slowly is whole', async () => {
    await drive.cluster.query('truncate drive.target');
    drive.cluster.faults.tunnelSpeed = 500_000;
    const options = { into: 'drive.target', from: targetRows(20_000), workers: 2, ...form };
    expect((await exa.importParallel(options)).rowCount).toBe(20_000);
    expect(await committed(drive)).toBe(20_000);
  });
});
