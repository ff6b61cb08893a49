/** Which of several failures is the one that is thrown: the caller's own, then the database's, then a tunnel's; never lost: the others. */
import { type ExasolConnection, type ExasolTransferError, httpTransport } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { committed, drop, errorOf, failureOf, targetRows } from './aftermath.js';
import { type ParallelDrive, startDrive } from './parallel-drive.js';

let drive: ParallelDrive;
let exa: ExasolConnection;

beforeAll(async () => {
  drive = await startDrive();
});

beforeEach(async () => {
  await drive.cluster.query('truncate drive.target');
  exa = await drive.connect();
});

afterEach(async () => {
  drive.cluster.heal();
  await exa.close();
  await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
});

afterAll(() => drive?.close());

const from = 'drive.flights';
const into = 'drive.target';
const namesOf = ({ errors }: ExasolTransferError): readonly string[] =>
  errors.map(({ name }) => name);

async function* rowsThen(count: number, error: Error): AsyncGenerator<readonly unknown[]> {
  yield* targetRows(count);
  throw error;
}

describe('the caller’s own error', () => {
  it('of a sink comes before what the database makes of it', async () => {
    const mine = new Error('mine');
    const to = async (
      bytes: AsyncIterable<Uint8Array>,
      place: { index: number },
    ): Promise<void> => {
      if (place.index === 0) return drop(bytes);
      for await (const _ of bytes) throw mine;
    };
    const error = await failureOf(drive, exa, exa.exportParallel({ from, to, workers: 2 }));
    expect(error).toMatchObject({ origin: 'caller', worker: 1, sqlCode: undefined });
    expect(error.cause).toBe(mine);
    expect(namesOf(error)).toEqual(['ExasolError']);
    expect(error.errors[0]).toMatchObject({ sqlCode: '42636' });
  });

  it('of a source comes before what the database makes of it', async () => {
    const mine = new Error('mine');
    const sources = [targetRows(10), rowsThen(5_000, mine)];
    const error = await failureOf(drive, exa, exa.importParallel({ into, from: sources }));
    expect(error).toMatchObject({ origin: 'caller', worker: 1 });
    expect(error.cause).toBe(mine);
    expect(namesOf(error)).toEqual(['ExasolError']);
    expect(error.errors[0]?.message).toMatch(/ETL-5105/);
    expect(await committed(drive)).toBe(0);
  });

  it('of a sink that fails last of all, when the bytes are there and the statement has succeeded', async () => {
    const mine = new Error('cannot close');
    const to = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
      await drop(bytes);
      await exa.session.nodes(1);
      throw mine;
    };
    const error = await failureOf(drive, exa, exa.exportParallel({ from, to, workers: 2 }));
    expect(error).toMatchObject({ origin: 'caller', cause: mine });
    expect(error.message).toMatch(/failed after its statement had succeeded/);
  });
});

describe('what the database says', () => {
  it('comes before what befell the tunnels', async () => {
    drive.cluster.faults.death = { at: 'inside-chunk', afterBytes: 70_000 };
    const error = await failureOf(drive, exa, exa.exportParallel({ from, to: drop, workers: 2 }));
    expect(error).toMatchObject({ origin: 'statement', sqlCode: '42636', code: '42636' });
    expect(error.cause).toMatchObject({ name: 'ExasolError' });
    expect(namesOf(error)).toContain('TunnelError');
    expect(new Set(namesOf(error))).toEqual(new Set(['TunnelError']));
  });

  it('early, of the text alone, is all there is', async () => {
    const query = 'SELECT nothing FROM drive.flights';
    const out = exa.exportParallel({ from: { query }, to: drop, workers: 2 });
    const first = await failureOf(drive, exa, out);
    expect(first).toMatchObject({ origin: 'statement', sqlCode: '42000', errors: [] });
    const source = () => targetRows(5);
    const nowhere = exa.importParallel({ into: 'drive.nowhere', from: source, workers: 2 });
    const second = await failureOf(drive, exa, nowhere);
    expect(second).toMatchObject({ origin: 'statement', sqlCode: '42000', errors: [] });
  });

  it('late, of a row in the middle, comes before the tunnels that end with it', async () => {
    const query = `SELECT id, 1000 / (${45_000} - id) FROM drive.flights ORDER BY id`;
    const call = exa.exportParallel({ from: { query }, to: drop, workers: 2 });
    const error = await failureOf(drive, exa, call);
    expect(error).toMatchObject({ origin: 'statement' });
    expect(error.message).toMatch(/division by zero/);
  });

  it('late, of the last row of an import, leaves none of the others', async () => {
    async function* rows(): AsyncGenerator<readonly unknown[]> {
      yield* targetRows(20_000);
      yield [1, 'x'.repeat(101), null];
    }
    const error = await failureOf(
      drive,
      exa,
      exa.importParallel({ into, from: rows(), workers: 2 }),
    );
    expect(error).toMatchObject({ origin: 'statement', sqlCode: '42636' });
    expect(error.message).toMatch(/Column=NOTE/);
    expect(await committed(drive)).toBe(0);
  });
});

describe('two processes’ worth of tunnels', () => {
  it('tell each its own: the sink’s here, the database’s there', async () => {
    const nodes = await exa.session.nodes(2);
    const [bad, good] = await Promise.all(nodes.map((node) => httpTransport(node)));
    const mine = new Error('mine');
    const failing = errorOf(
      bad!.exportTo(async (bytes) => {
        for await (const _ of bytes) throw mine;
      }),
    );
    const other = errorOf(good!.exportTo(drop));
    const call = exa.exportParallel([bad!.address, good!.address], from);
    expect(await errorOf(call)).toMatchObject({ name: 'ExasolError', sqlCode: '42636' });
    expect(await failing).toMatchObject({ origin: 'caller', cause: mine });
    // The statement's end closes the nodes' ends of all its tunnels.
    expect(await other).toMatchObject({ origin: 'tunnel', code: 'closed-early' });
    await Promise.all([bad!.close(), good!.close()]);
    expect((await exa.execute('SELECT 1 FROM dual')).rowCount).toBe(1);
  });
});
