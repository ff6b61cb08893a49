import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import {
  CancelledError,
  type ExasolConnection,
  ExasolOptionError,
  type ExasolTransferError,
  httpTransport,
  TimeoutError,
} from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ParallelDrive, ROWS, startDrive } from './parallel-drive.js';

let drive: ParallelDrive;
let exa: ExasolConnection;

beforeAll(async () => {
  drive = await startDrive();
});

beforeEach(async () => {
  await drive.cluster.query('truncate drive.target');
  exa = await drive.connect({ abortTimeoutMs: 300 });
});

afterEach(async () => {
  drive.cluster.heal();
  await exa.close();
  await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
});

afterAll(() => drive?.close());

/** What a call failed with, and that the connection works after it. */
async function failure(call: Promise<unknown>): Promise<ExasolTransferError> {
  const error = await call.then(
    () => undefined,
    (reason: ExasolTransferError) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
  drive.cluster.heal();
  expect((await exa.execute('SELECT 1 AS one FROM dual')).rowCount).toBe(1);
  return error as ExasolTransferError;
}

async function committed(): Promise<unknown> {
  return (await drive.cluster.query('select count(*)::int n from drive.target'))[0]?.n;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const drop = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const piece of bytes) expect(piece.length).toBeGreaterThan(0);
};

const moduleOf = (code: string): URL => new URL(`data:text/javascript,${encodeURIComponent(code)}`);

async function* rowsThenError(count: number, error: Error): AsyncGenerator<readonly unknown[]> {
  for (let id = 0; id < count; id++) yield [id, 'note', null];
  throw error;
}

describe('a statement that fails', () => {
  it.each([1, 4])('before any request ends all of %i tunnels at once', async (workers) => {
    const folder = await drive.folder();
    const to = join(folder, '%d.csv');
    const error = await failure(exa.exportParallel({ from: 'drive.nowhere', to, workers }));
    expect(error).toMatchObject({
      name: 'ExasolTransferError',
      origin: 'statement',
      sqlCode: '42000',
    });
    expect((error.cause as Error).name).toBe('ExasolError');
    expect(await exists(join(folder, '0.csv'))).toBe(false);
  });

  it('in an import takes no row, and is told before the broken tunnels', async () => {
    const from = [[1, 'x'.repeat(200), null]];
    const error = await failure(exa.importParallel({ into: 'drive.target', from, workers: 2 }));
    expect(error).toMatchObject({ origin: 'statement', sqlCode: '42636' });
    expect(await committed()).toBe(0);
  });

  it('while batches are read ends the loop with its error', async () => {
    drive.cluster.faults.requests = 'sql-error';
    const read = async (): Promise<void> => {
      for await (const batch of exa.stream('drive.flights', { workers: 2 })) batch.release();
    };
    expect(await failure(read())).toMatchObject({ origin: 'statement' });
  });
});

describe('a sink that fails', () => {
  it('in the middle is the cause, and what other streams wrote is removed', async () => {
    const mine = new Error('the disk of the caller');
    const path = join(await drive.folder(), 'other.csv');
    const to = [
      path,
      async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
        for await (const _ of bytes) throw mine;
      },
    ];
    const error = await failure(exa.exportParallel({ from: 'drive.flights', to }));
    expect(error).toMatchObject({ origin: 'caller', worker: 1 });
    expect(error.cause).toBe(mine);
    expect(await exists(path)).toBe(false);
  });

  it('because it returns early, is destroyed, or is no file that can be written', async () => {
    const from = 'drive.flights';
    const early = await failure(exa.exportParallel({ from, to: [drop, () => undefined] }));
    expect(early).toMatchObject({ origin: 'caller', worker: 1 });
    expect(early.message).toMatch(/returned before its stream had ended/);

    const stream = new PassThrough();
    stream.once('data', () => stream.destroy(new Error('destroyed')));
    const destroyed = await failure(exa.exportParallel({ from, to: stream }));
    expect(destroyed).toMatchObject({ origin: 'caller', cause: { message: 'destroyed' } });

    const to = join(await drive.folder(), 'none', '%d.csv');
    const missing = await failure(exa.exportParallel({ from, to, workers: 2 }));
    expect(missing).toMatchObject({ origin: 'caller', code: 'ENOENT' });
  });

  it('in its module tells what was thrown there', async () => {
    const module = moduleOf(
      'export default async (bytes) => { for await (const _ of bytes) throw new RangeError("in the thread"); }',
    );
    const error = await failure(
      exa.exportParallel({ from: 'drive.flights', to: module, workers: 2 }),
    );
    expect(error).toMatchObject({
      origin: 'caller',
      cause: { name: 'RangeError', message: 'in the thread' },
    });
  });
});

describe('a source that fails', () => {
  it('has nothing committed, whatever the other streams sent', async () => {
    const mine = new Error('no more rows');
    for (const count of [0, 10, 20_000]) {
      const from = [rowsThenError(count, mine), rowsThenError(5, mine)];
      const error = await failure(exa.importParallel({ into: 'drive.target', from }));
      expect(error.origin).toBe('caller');
      expect(error.cause).toBe(mine);
      expect(await committed()).toBe(0);
    }
  });

  it('is a missing file, a module that throws, a value that is none', async () => {
    const folder = await drive.folder();
    const good = join(folder, 'good.csv');
    await writeFile(good, '1,x,\n');
    const into = 'drive.target';
    const missing = await failure(
      exa.importParallel({ into, from: [good, join(folder, 'none.csv')] }),
    );
    expect(missing).toMatchObject({ origin: 'caller', worker: 1, code: 'ENOENT' });
    const module = moduleOf(
      'export default async function* () { yield Buffer.from("1,x,\\n"); throw new Error("half way"); }',
    );
    const half = await failure(exa.importParallel({ into, from: module, workers: 2 }));
    expect(half).toMatchObject({ origin: 'caller', cause: { message: 'half way' } });
    const wrong = await failure(exa.importParallel({ into, from: [[1, {}, null]], workers: 2 }));
    expect(wrong).toMatchObject({ origin: 'caller', cause: { name: 'CsvError' } });
    expect(await committed()).toBe(0);
  });
});

describe('an abort', () => {
  it('before, in the statement, and in the middle of the bytes', async () => {
    const from = 'drive.flights';
    const early = exa.exportParallel({
      from,
      to: drop,
      workers: 2,
      signal: AbortSignal.abort('no'),
    });
    const never = await failure(early);
    expect(never).toBeInstanceOf(CancelledError);

    drive.cluster.faults.requests = 'never';
    const timed = await failure(exa.exportParallel({ from, to: drop, workers: 2, timeoutMs: 100 }));
    expect(timed).toBeInstanceOf(TimeoutError);

    const controller = new AbortController();
    const to = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const piece of bytes) if (piece.length > 0) controller.abort();
    };
    const { signal } = controller;
    const middle = await failure(exa.exportParallel({ from, to, workers: 2, signal }));
    expect(middle).toBeInstanceOf(CancelledError);
  });

  it('of a sink that does nothing, and of a source that gives nothing', async () => {
    const stuck = (): Promise<void> => new Promise(() => undefined);
    const options = { workers: 2, timeoutMs: 200 };
    const sink = await failure(
      exa.exportParallel({ from: 'drive.flights', to: stuck, ...options }),
    );
    expect(sink).toBeInstanceOf(TimeoutError);
    const from = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }),
    };
    const source = await failure(exa.importParallel({ into: 'drive.target', from, ...options }));
    expect(source).toBeInstanceOf(TimeoutError);
  });

  it('that the server does not heed closes the session, which says so from then on', async () => {
    drive.cluster.faults.abort = 'ignored';
    const controller = new AbortController();
    const to = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const piece of bytes) {
        if (piece.length > 0) drive.cluster.faults.answerDelayMs = 5_000;
        controller.abort();
      }
    };
    const { signal } = controller;
    const call = exa.exportParallel({ from: 'drive.flights', to, workers: 2, signal });
    await expect(call).rejects.toBeInstanceOf(CancelledError);
    await expect(exa.execute('SELECT 1 FROM dual')).rejects.toThrow(/The session is closed/);
  });

  it('is what close() means to a call under way', async () => {
    drive.cluster.faults.requests = 'never';
    const call = exa.exportParallel({ from: 'drive.flights', to: drop, workers: 2 });
    const seen = expect(call).rejects.toBeInstanceOf(CancelledError);
    await expect.poll(() => drive.cluster.openTunnels().length).toBe(2);
    await exa.close();
    await seen;
    await expect(exa.execute('SELECT 1 FROM dual')).rejects.toBeInstanceOf(CancelledError);
  });
});

describe('a node that dies', () => {
  const places = ['request', 'inside-chunk', 'between-chunks', 'after-body'] as const;

  it.each(places)('%s of an export leaves no success and no file', async (at) => {
    drive.cluster.faults.death = { at, file: 1, afterBytes: 70_000, by: 'close' };
    const folder = await drive.folder();
    const to = join(folder, '%d.csv');
    const error = await failure(exa.exportParallel({ from: 'drive.flights', to, workers: 2 }));
    expect(error).toMatchObject({ name: 'ExasolTransferError', origin: 'statement' });
    expect(await exists(join(folder, '0.csv'))).toBe(false);
    expect(await exists(join(folder, '1.csv'))).toBe(false);
  });

  it.each(places)('%s while batches are read is an error of the loop', async (at) => {
    drive.cluster.faults.death = { at, file: 0, afterBytes: 70_000, by: 'reset' };
    const read = async (): Promise<void> => {
      for await (const batch of exa.stream('drive.flights', { workers: 2 })) batch.release();
    };
    expect(await failure(read())).toMatchObject({ name: 'ExasolTransferError' });
  });

  it('in an import has nothing committed', async () => {
    drive.cluster.faults.death = { at: 'inside-chunk', file: 1, afterBytes: 10_000 };
    function* rows(): Generator<readonly unknown[]> {
      for (let id = 0; id < ROWS; id++) yield [id, `note ${id}`, 1.5];
    }
    const from = rows();
    const error = await failure(exa.importParallel({ into: 'drive.target', from, workers: 2 }));
    expect(error).toMatchObject({ name: 'ExasolTransferError', origin: 'statement' });
    expect(await committed()).toBe(0);
  });

  it('to a tunnel opened apart is an error there, too', async () => {
    drive.cluster.faults.death = { at: 'between-chunks', file: 0, afterBytes: 70_000 };
    const [node] = await exa.session.nodes(1);
    await using tunnel = await httpTransport(node!);
    const received = tunnel.exportTo(drop);
    const seen = expect(received).rejects.toMatchObject({ origin: 'tunnel', code: 'closed-early' });
    await expect(exa.exportParallel([tunnel.address], 'drive.flights')).rejects.toThrow(/ETL-5106/);
    await seen;
  });
});

describe('what is lost on the way', () => {
  it('the thread: an error, and another thread for the next call', async () => {
    const module = moduleOf('export default () => { process.exit(3); }');
    const from = 'drive.flights';
    const error = await failure(exa.exportParallel({ from, to: module, workers: 2 }));
    expect([error.cause, ...error.errors].map(String).join()).toMatch(/thread .* has ended/);
    expect(await exa.exportParallel({ from, to: drop, workers: 2 })).toMatchObject({
      rowCount: ROWS,
    });
  });

  it('a thread that computes for ever: the call ends all the same', async () => {
    const other = await drive.connect();
    const module = moduleOf(`export default () => {
      const until = Date.now() + 4_000;
      while (Date.now() < until);
    }`);
    const call = other.exportParallel({
      from: 'drive.flights',
      to: module,
      timeoutMs: 200,
      workers: 1,
    });
    await expect(call).rejects.toBeInstanceOf(TimeoutError);
    await other.close();
  });

  it('the session: an error in a bounded time', async () => {
    drive.cluster.faults.dropSession = { statement: /EXPORT/, when: 'during' };
    const call = exa.exportParallel({ from: 'drive.flights', to: drop, workers: 2 });
    await expect(call).rejects.toMatchObject({
      origin: 'statement',
      cause: { name: 'ExasolConnectionError' },
    });
  });

  it('a node that cannot be dialled, before any statement is sent', async () => {
    drive.cluster.faults.tunnelReply = 'garbage';
    const call = exa.exportParallel({ from: 'drive.flights', to: drop, workers: 2 });
    expect(await failure(call)).toMatchObject({ origin: 'tunnel', code: 'malformed-hello' });
  });
});

describe('what cannot work', () => {
  it.each([
    ['a path for two streams', { to: 'one.csv', workers: 2 }],
    ['a list of another length', { to: ['a.csv', 'b.csv'], workers: 3 }],
    ['one Node stream for two', { to: new PassThrough(), workers: 2 }],
    ['no streams', { to: drop, workers: 0 }],
    ['no sink', { to: 5 }],
    ['an option nobody knows', { to: drop, delimter: ';' }],
    ['text for yes and no', { to: drop, compression: 'false' }],
  ])('is refused before anything is opened: %s', async (_, options) => {
    const call = exa.exportParallel({ from: 'drive.flights', ...options } as never);
    await expect(call).rejects.toBeInstanceOf(ExasolOptionError);
    expect(drive.cluster.openTunnels()).toEqual([]);
  });

  it('bytes of one iterable for two streams', async () => {
    const from = [Buffer.from('1,x,\n')];
    const error = await failure(exa.importParallel({ into: 'drive.target', from, workers: 2 }));
    expect(error.cause).toBeInstanceOf(ExasolOptionError);
    expect(await committed()).toBe(0);
  });
});
