/** Tunnels and a statement that do not agree on compression: both sides fail, also where nothing would have come. */
import { connectExasol, type ExasolConnection, httpTransport } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { committed, errorOf, targetRows } from './aftermath.js';
import { type ParallelDrive, ROWS, startDrive } from './parallel-drive.js';

let drive: ParallelDrive;
let exa: ExasolConnection;

beforeAll(async () => {
  drive = await startDrive();
  exa = await drive.connect();
});

beforeEach(() => drive.cluster.query('truncate drive.target'));

afterEach(() => expect.poll(() => drive.cluster.openTunnels()).toEqual([]));

afterAll(() => drive?.close());

describe.each([
  { here: false, there: true, encryption: true },
  { here: true, there: false, encryption: true },
  { here: false, there: true, encryption: false },
  { here: true, there: false, encryption: false },
])('gzip for the tunnel $here, for the statement $there, TLS $encryption', (form) => {
  const open = async (): ReturnType<typeof httpTransport> => {
    const [node] = await exa.session.nodes(1);
    return httpTransport({ ...node!, compression: form.here, encryption: form.encryption });
  };

  it.each(['drive.flights', 'drive.target'])('an export of %s', async (table) => {
    await using tunnel = await open();
    const pieces: Uint8Array[] = [];
    const received = errorOf(
      tunnel.exportTo(async (bytes) => {
        for await (const piece of bytes) pieces.push(piece);
      }),
    );
    const options = { compression: form.there };
    const error = await errorOf(exa.exportParallel([tunnel.address], table, options));
    expect(error).toMatchObject({ name: 'ExasolError', sqlCode: '42636' });
    expect(error.message).toMatch(/ETL-5106/);
    const mine = await received;
    expect(mine).toMatchObject({ origin: 'tunnel', code: 'malformed-request' });
    expect(mine.message).toMatch(/both must agree on compression/);
    expect(pieces).toEqual([]);
    expect((await exa.execute('SELECT 1 FROM dual')).rowCount).toBe(1);
  });

  it.each([0, 1_000])('an import of %i rows', async (count) => {
    await using tunnel = await open();
    const sent = errorOf(tunnel.importFrom([...targetRows(count)]));
    const options = { compression: form.there };
    const error = await errorOf(exa.importParallel([tunnel.address], 'drive.target', options));
    expect(error).toMatchObject({ name: 'ExasolError', sqlCode: '42636' });
    expect(error.message).toMatch(/ETL-5105/);
    expect(await sent).toMatchObject({ origin: 'tunnel', code: 'malformed-request' });
    expect(await committed(drive)).toBe(0);
    expect((await exa.execute('SELECT 1 FROM dual')).rowCount).toBe(1);
  });
});

it('a compressed connection has compressed tunnels, by themselves and opened apart', async () => {
  const packed = await drive.connect({ compression: true });
  let bytes = 0;
  const to = async (pieces: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const piece of pieces) bytes += piece.length;
  };
  const result = await packed.exportParallel({ from: 'drive.flights', to, workers: 2 });
  expect(result).toMatchObject({ rowCount: ROWS, bytes });
  expect(result.workers.every((worker) => worker.wireBytes < worker.bytes)).toBe(true);
  const [node] = await packed.session.nodes(1);
  await using tunnel = await httpTransport({ ...node!, compression: true });
  const sent = tunnel.importFrom(targetRows(100));
  expect((await packed.importParallel([tunnel.address], 'drive.target')).rowCount).toBe(100);
  expect((await sent).wireBytes).toBeLessThan((await sent).bytes);
});

it('bytes that stay packed are said to be so on both sides', async () => {
  const { dsn, user, password } = drive.cluster;
  await using other = await connectExasol({ dsn, user, password });
  const [node] = await other.session.nodes(1);
  const packed: Uint8Array[] = [];
  await using out = await httpTransport({ ...node!, format: 'gz' });
  const received = out.exportTo(async (bytes) => {
    for await (const piece of bytes) packed.push(piece);
  });
  await other.exportParallel([out.address], 'drive.flights', { format: 'gz' });
  await received;
  expect(Buffer.concat(packed).subarray(0, 2).toString('hex')).toBe('1f8b');
  await using back = await httpTransport({ ...node!, format: 'gz' });
  const sent = back.importFrom(packed);
  const into = await other.importParallel([back.address], 'drive.target', { format: 'gz' });
  expect(into.rowCount).toBe(ROWS);
  await sent;
});

it.each(['bz2', 'zip'] as const)(
  'files packed as %s the simulated cluster refuses by name',
  async (format) => {
    const [node] = await exa.session.nodes(1);
    await using tunnel = await httpTransport({ ...node!, format });
    const received = errorOf(tunnel.exportTo(() => undefined));
    const call = exa.exportParallel([tunnel.address], 'drive.flights', { format });
    expect(await errorOf(call)).toMatchObject({ name: 'ExasolError', sqlCode: '0A000' });
    await tunnel.close();
    await received;
  },
);
