/** The rules that link a statement and its tunnels, over threads and a session that do as they are told. */
import type { MessagePort } from 'node:worker_threads';
import type { Session } from '@millrace/exasol';
import type { TransportFailed, TransportRequest, TransportTask } from '@millrace/worker';
import { describe, expect, test } from 'vitest';
import type { Slot } from '../dispatch/slot.js';
import { Transfer, type TransferEnd } from './transfer.js';
import type { ExasolTransferError } from './transfer-error.js';

interface Script {
  /** What a tunnel says when it has heard where the bytes go; undefined: nothing, until it is cancelled or settled. */
  readonly says: (port: MessagePort) => void;
}

const done =
  (rowCount: number | undefined): Script['says'] =>
  (port) =>
    port.postMessage({ kind: 'done', bytes: 10, wireBytes: 10, rowCount, result: undefined });

const fails =
  (origin: TransportFailed['origin'], message: string): Script['says'] =>
  (port) =>
    port.postMessage({
      kind: 'failed',
      origin,
      error: { kind: 'internal', message, code: 'MILLRACE_INTERNAL', stack: undefined },
      name: 'Error',
      tunnel: undefined,
      csv: undefined,
    } satisfies TransportFailed);

/** A thread with one tunnel. */
function thread(says: Script['says'], heard: string[]): Slot {
  const run = ({ port }: TransportTask): Promise<void> =>
    new Promise((resolve) => {
      port.postMessage({ kind: 'opened', address: '127.0.0.1:1' });
      port.on('message', (request: TransportRequest) => {
        heard.push(request.kind);
        if (request.kind === 'go') return says(port);
        port.close();
        resolve();
      });
    });
  return { run } as unknown as Slot;
}

function session(execute: () => Promise<{ rowCount: number }>): Session {
  return { execute } as unknown as Session;
}

const end = (run: () => Promise<void> = () => Promise.resolve()): TransferEnd => ({
  move: {
    direction: 'import',
    place: { index: 0, workers: 1 },
    compression: false,
    format: undefined,
    source: { kind: 'file', path: 'none' },
  },
  ports: [],
  run,
  stop: () => undefined,
  rowCount: () => undefined,
});

function transfer(
  says: readonly Script['says'][],
  execute: () => Promise<{ rowCount: number }>,
  options: { readonly ends?: readonly TransferEnd[]; readonly heard?: string[] } = {},
): Transfer {
  const { heard = [], ends = says.map(() => end()) } = options;
  return new Transfer({
    kind: 'IMPORT',
    session: session(execute),
    nodes: says.map((_, port) => ({ host: 'node', port })),
    slots: says.map((each) => thread(each, heard)),
    ends,
    certificate: undefined,
    connectTimeoutMs: 1_000,
    statement: (addresses) => addresses.join(),
    signal: new AbortController().signal,
    countsRows: true,
  });
}

const rows = (rowCount: number) => async () => ({ rowCount });

async function failure(run: Promise<unknown>): Promise<ExasolTransferError> {
  return run.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: ExasolTransferError) => error,
  );
}

describe('rows', () => {
  test('of all streams are what the statement says', async () => {
    const result = await transfer([done(2), done(3)], rows(5)).run();
    expect(result).toMatchObject({ rowCount: 5, bytes: 20 });
    expect(result.workers.map(({ node, rowCount }) => [node, rowCount])).toEqual([
      ['node:0', 2],
      ['node:1', 3],
    ]);
  });

  test('that are not are an error', async () => {
    const error = await failure(transfer([done(2), done(2)], rows(5)).run());
    expect(error.message).toMatch(/succeeded with 5 rows, but its streams had 4/);
  });

  test('that nobody has counted are not compared', async () => {
    expect(await transfer([done(2), done(undefined)], rows(5)).run()).toMatchObject({
      rowCount: 5,
    });
  });
});

describe('of several failures', () => {
  const statement = new Error('the statement');
  const sql = async (): Promise<never> => {
    throw statement;
  };

  test('the statement goes before a tunnel, whichever came first', async () => {
    const late = async (): Promise<never> => {
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      throw statement;
    };
    const error = await failure(transfer([fails('tunnel', 'the tunnel'), done(1)], late).run());
    expect(error).toMatchObject({ origin: 'statement', worker: undefined, cause: statement });
    expect(error.errors.map(({ message }) => message)).toEqual(['the tunnel']);
  });

  test("the caller's own goes before the statement", async () => {
    const error = await failure(transfer([done(1), fails('caller', 'the source')], sql).run());
    expect(error).toMatchObject({ origin: 'caller', worker: 1, cause: { message: 'the source' } });
    expect(error.errors).toEqual([statement]);
  });

  test('those that follow from others are not told', async () => {
    const heard: string[] = [];
    const says = [fails('statement', 'follows'), fails('cancelled', 'follows')];
    const error = await failure(transfer(says, sql, { heard }).run());
    expect(error).toMatchObject({ cause: statement, errors: [] });
    expect(heard.filter((kind) => kind === 'settle').length).toBeGreaterThanOrEqual(2);
  });
});

test('a failure after the statement has succeeded says so', async () => {
  const error = await failure(transfer([fails('tunnel', 'late')], rows(1)).run());
  expect(error.message).toBe(
    'The IMPORT failed after its statement had succeeded (stream 0): late',
  );
});

test("an error on the caller's thread is the cause itself, and ends the transfer", async () => {
  const mine = new Error('mine');
  const ends = [end(() => Promise.reject(mine)), end()];
  const error = await failure(transfer([done(1), done(1)], rows(2), { ends }).run());
  expect(error.cause).toBe(mine);
});
