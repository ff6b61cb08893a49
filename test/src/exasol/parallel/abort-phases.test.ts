/** An abort at each point in the life of a call, with a server that heeds it, does not, or is too late. */
import { readdir } from 'node:fs/promises';
import {
  CancelledError,
  type ExasolConnection,
  httpTransport,
  TimeoutError,
} from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { committed, drop, errorOf, expectClosed, failureOf, targetRows } from './aftermath.js';
import { type ParallelDrive, ROWS, startDrive } from './parallel-drive.js';

let drive: ParallelDrive;
let exa: ExasolConnection;
let stop: AbortController;

beforeAll(async () => {
  drive = await startDrive();
});

beforeEach(async () => {
  stop = new AbortController();
  await drive.cluster.query('truncate drive.target');
  exa = await drive.connect({ abortTimeoutMs: 300 });
});

afterEach(async () => {
  drive.cluster.heal();
  await exa.close();
  await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
});

afterAll(() => drive?.close());

const into = 'drive.target';

/** Gives rows, aborts, and gives no more. */
async function* rowsThenAbort(): AsyncGenerator<readonly unknown[]> {
  yield* targetRows(5_000);
  stop.abort();
  await new Promise(() => undefined);
}

/** Gives five rows; the answer to the statement takes its time. */
async function* rowsThenDelay(delayMs: number): AsyncGenerator<readonly unknown[]> {
  yield* targetRows(5);
  drive.cluster.faults.answerDelayMs = delayMs;
}

const exported = (to: unknown = drop): Promise<unknown> =>
  exa.exportParallel({ from: 'drive.flights', to: to as never, workers: 2, signal: stop.signal });
const imported = (from: unknown = targetRows(5)): Promise<unknown> =>
  exa.importParallel({ into, from: from as never, workers: 2, signal: stop.signal });

describe.each([
  ['an export', exported],
  ['an import', imported],
] as const)('%s', (_, run) => {
  it('is ended while its tunnels are dialled, and sends no statement', async () => {
    drive.cluster.faults.tunnelReply = 'none';
    const call = run();
    const failed = failureOf(drive, exa, call);
    await expect.poll(() => drive.cluster.openTunnels()).toHaveLength(2);
    stop.abort();
    expect(await failed).toBeInstanceOf(CancelledError);
    expect(await committed(drive)).toBe(0);
  });

  it('is ended before any node has asked for anything', async () => {
    drive.cluster.faults.requests = 'never';
    const failed = failureOf(drive, exa, run());
    await expect.poll(() => drive.cluster.openTunnels()).toHaveLength(2);
    stop.abort();
    expect(await failed).toBeInstanceOf(CancelledError);
    expect(await committed(drive)).toBe(0);
  });

  it('gives the reason of the caller’s own, if there is one', async () => {
    drive.cluster.faults.requests = 'never';
    const reason = new Error('enough');
    const failed = failureOf(drive, exa, run());
    await expect.poll(() => drive.cluster.openTunnels()).toHaveLength(2);
    stop.abort(reason);
    const error = await failed;
    expect([error, error.cause]).toContain(reason);
  });
});

describe('in the middle of the bytes', () => {
  it('of an export: no file is left', async () => {
    const folder = await drive.folder();
    const sink = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const piece of bytes) if (piece.length > 0) stop.abort();
    };
    const error = await failureOf(drive, exa, exported([`${folder}/a.csv`, sink]));
    expect(error).toBeInstanceOf(CancelledError);
    expect(await readdir(folder)).toEqual([]);
  });

  it('of an import: no row is', async () => {
    const error = await failureOf(drive, exa, imported(rowsThenAbort()));
    expect(error).toBeInstanceOf(CancelledError);
    expect(await committed(drive)).toBe(0);
  });

  it('of batches that are read: the loop ends', async () => {
    const read = async (): Promise<void> => {
      const options = { workers: 2, signal: stop.signal };
      for await (const batch of exa.stream('drive.flights', options)) {
        if (batch.rowCount > 0) stop.abort();
      }
    };
    expect(await failureOf(drive, exa, read())).toBeInstanceOf(CancelledError);
  });

  it('with a server that ends the statement first, a second later', async () => {
    drive.cluster.faults.abort = 'late';
    const error = await failureOf(drive, exa, imported(rowsThenAbort()));
    expect(error).toBeInstanceOf(CancelledError);
    expect(await committed(drive)).toBe(0);
  });

  it('with a server that ignores it: the tunnels’ end ends the statement', async () => {
    drive.cluster.faults.abort = 'ignored';
    expect(await errorOf(imported(rowsThenAbort()))).toBeInstanceOf(CancelledError);
    expect(await committed(drive)).toBe(0);
  });
});

describe('after the last byte, and before the statement’s answer', () => {
  it('of an export: it is cancelled, and no file is left', async () => {
    drive.cluster.faults.answerDelayMs = 200;
    const folder = await drive.folder();
    let sinks = 0;
    const sink = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
      await drop(bytes);
      sinks += 1;
      if (sinks === 2) stop.abort();
    };
    const call = exa.exportParallel({
      from: 'drive.flights',
      to: [sink, sink, `${folder}/c.csv`],
      signal: stop.signal,
    });
    expect(await failureOf(drive, exa, call)).toBeInstanceOf(CancelledError);
    expect(await readdir(folder)).toEqual([]);
  });

  it('of an import that is committed: it is told so', async () => {
    const call = imported(rowsThenDelay(300));
    const done = call.then(
      (result) => result,
      (error: Error) => error,
    );
    await expect.poll(() => committed(drive), { timeout: 10_000 }).toBe(5);
    stop.abort();
    expect(await done).toMatchObject({ rowCount: 5 });
    expect((await exa.execute('SELECT 1 FROM dual')).rowCount).toBe(1);
  });

  it('with a server that does not answer in time: the session is closed, and says so', async () => {
    const failed = errorOf(imported(rowsThenDelay(5_000)));
    await expect.poll(() => committed(drive), { timeout: 10_000 }).toBe(5);
    stop.abort();
    expect(await failed).toBeInstanceOf(CancelledError);
    await expectClosed(exa);
  });
});

describe('a statement over addresses', () => {
  it('is ended by its signal and by its limit, while nobody holds its tunnels', async () => {
    drive.cluster.faults.requests = 'never';
    const [node] = await exa.session.nodes(1);
    await using tunnel = await httpTransport(node!);
    const options = { timeoutMs: 100 };
    const late = errorOf(exa.exportParallel([tunnel.address], 'drive.flights', options));
    expect(await late).toBeInstanceOf(TimeoutError);
    stop.abort();
    const { signal } = stop;
    const never = exa.importParallel([tunnel.address], into, { signal });
    expect(await errorOf(never)).toBeInstanceOf(CancelledError);
    drive.cluster.heal();
    const received = tunnel.exportTo(drop);
    expect((await exa.exportParallel([tunnel.address], 'drive.flights')).rowCount).toBe(ROWS);
    await received;
  });

  it('leaves no tunnel waiting whose node was about to ask', async () => {
    const [node] = await exa.session.nodes(1);
    await using tunnel = await httpTransport(node!);
    const options = { timeoutMs: 100 };
    const late = errorOf(exa.exportParallel([tunnel.address], 'drive.flights', options));
    expect(await late).toBeInstanceOf(TimeoutError);
    // Only now does this side answer the node.
    expect(await errorOf(tunnel.exportTo(drop))).toMatchObject({
      origin: 'tunnel',
      code: 'closed-early',
    });
  });
});
