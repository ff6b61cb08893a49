/** Nodes and sessions that die while an import runs: nothing is committed, whatever had been sent. */
import { readdir } from 'node:fs/promises';
import { type ExasolConnection, httpTransport } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { committed, errorOf, expectClosed, failureOf, targetRows } from './aftermath.js';
import { type ParallelDrive, startDrive } from './parallel-drive.js';

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

const ROWS = 20_000;
const into = 'drive.target';

describe.each([
  { encryption: true, compression: false, by: 'close' },
  { encryption: true, compression: true, by: 'reset' },
  { encryption: false, compression: false, by: 'reset' },
] as const)('with TLS $encryption and gzip $compression, a node that goes by $by', (form) => {
  const { by, ...options } = form;

  it.each([
    ['before its request', 'request', 0],
    ['in the middle of the bytes', 'inside-chunk', 20_000],
    ['after some of the bytes', 'between-chunks', 50_000],
    ['after the last of them', 'after-body', 0],
  ] as const)('%s fails the call', async (_, at, afterBytes) => {
    drive.cluster.faults.death = { at, file: 1, afterBytes, by };
    const from = targetRows(ROWS);
    const call = exa.importParallel({ into, from, workers: 2, ...options });
    const error = await failureOf(drive, exa, call);
    expect(error).toMatchObject({ name: 'ExasolTransferError', origin: 'statement' });
    expect(error.message).toMatch(/ETL-5105.*\[56\]/);
    expect(await committed(drive)).toBe(0);
  });

  it('is an error where the tunnel is held, too, unless it had all its bytes', async () => {
    drive.cluster.faults.death = { at: 'inside-chunk', afterBytes: 100, by };
    const [node] = await exa.session.nodes(1);
    const { encryption, compression } = options;
    await using tunnel = await httpTransport({ ...node!, encryption, compression });
    let gave = 0;
    async function* endless(): AsyncGenerator<readonly unknown[]> {
      for (const row of targetRows(10_000_000)) {
        gave += 1;
        yield row;
      }
    }
    const sent = errorOf(tunnel.importFrom(endless()));
    await errorOf(exa.importParallel([tunnel.address], into, { compression }));
    expect(await sent).toMatchObject({ origin: 'tunnel' });
    expect(gave).toBeLessThan(10_000_000);
    expect(await committed(drive)).toBe(0);
  });
});

describe('a session that is lost', () => {
  /** Gives some rows, and then no more. */
  async function* stuck(): AsyncGenerator<readonly unknown[]> {
    yield* targetRows(100);
    await new Promise(() => undefined);
  }

  it('while its IMPORT runs fails the call at once, and commits nothing', async () => {
    drive.cluster.faults.dropSession = { statement: /IMPORT/, when: 'during' };
    const error = await errorOf(exa.importParallel({ into, from: stuck(), workers: 2 }));
    expect(error).toMatchObject({
      origin: 'statement',
      cause: { name: 'ExasolConnectionError' },
    });
    await expectClosed(exa);
    // The drive's own is left.
    await expect.poll(() => drive.cluster.openSessions()).toHaveLength(1);
    expect(await committed(drive)).toBe(0);
  });

  it('before the answer is no success, though all was sent', async () => {
    drive.cluster.faults.dropSession = { statement: /IMPORT/, when: 'after' };
    const call = exa.importParallel({ into, from: targetRows(50), workers: 2 });
    expect(await errorOf(call)).toMatchObject({
      origin: 'statement',
      cause: { name: 'ExasolConnectionError' },
    });
    await expectClosed(exa);
  });

  it('before the answer of an EXPORT is no success, and leaves no file', async () => {
    drive.cluster.faults.dropSession = { statement: /EXPORT/, when: 'after' };
    const folder = await drive.folder();
    const to = `${folder}/%d.csv`;
    const call = exa.exportParallel({ from: 'drive.flights', to, workers: 2 });
    expect(await errorOf(call)).toMatchObject({ origin: 'statement' });
    expect(await readdir(folder)).toEqual([]);
    await expectClosed(exa);
  });

  it('in a plain query fails that, and tells those after it', async () => {
    drive.cluster.faults.dropSession = { statement: /sleep/i, when: 'during' };
    const call = exa.execute('SELECT "$SLEEP"(20) FROM dual');
    expect(await errorOf(call)).toMatchObject({ name: 'ExasolConnectionError' });
    await expectClosed(exa);
  });
});

describe('a tunnel that no statement names', () => {
  it('waits, is told nothing, and ends when it is closed', async () => {
    const nodes = await exa.session.nodes(2);
    const [used, unused] = await Promise.all(nodes.map((node) => httpTransport(node)));
    const waiting = errorOf(unused!.importFrom(targetRows(5)));
    const sent = used!.importFrom(targetRows(7));
    expect((await exa.importParallel([used!.address], into)).rowCount).toBe(7);
    await sent;
    await expect.poll(() => drive.cluster.openTunnels()).toHaveLength(1);
    await Promise.all([used!.close(), unused!.close()]);
    expect((await waiting).name).toMatch(/CancelledError|ExasolTransferError/);
    expect(await committed(drive)).toBe(7);
  });

  it('of a statement that fails first ends with the call, where the call holds it', async () => {
    drive.cluster.faults.requests = 'sql-error';
    const from = [targetRows(5), targetRows(5)];
    const error = await failureOf(drive, exa, exa.importParallel({ into, from }));
    expect(error).toMatchObject({ origin: 'statement', sqlCode: '42636' });
    expect(error.errors).toEqual([]);
    expect(await committed(drive)).toBe(0);
  });

  it('and that is closed before it is asked is refused a connection', async () => {
    const [node] = await exa.session.nodes(1);
    const tunnel = await httpTransport(node!);
    await tunnel.close();
    await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
    const error = await errorOf(exa.importParallel([tunnel.address], into));
    expect(error.message).toMatch(/ETL-5105.*Connection refused\],\[7\]/);
    expect((await exa.execute('SELECT 1 FROM dual')).rowCount).toBe(1);
  });
});
