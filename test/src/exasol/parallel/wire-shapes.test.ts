/** What a node may do on the wire without being wrong: the rows are the same in each case, out and in. */
import { join } from 'node:path';
import type { ExasolConnection } from '@millrace/engine';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Faults, first, unevenly } from '../cluster/faults.js';
import { committed, drop, failureOf, targetRows } from './aftermath.js';
import { type ParallelDrive, ROWS, startDrive } from './parallel-drive.js';

let drive: ParallelDrive;
let exa: ExasolConnection;
let whole: readonly string[];

beforeAll(async () => {
  drive = await startDrive();
  exa = await drive.connect();
  const path = join(await drive.folder(), 'all.csv');
  await exa.exportParallel({ from: 'drive.flights', to: path });
  whole = await drive.lines([path]);
});

afterEach(async () => {
  drive.cluster.heal();
  await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
});

afterAll(() => drive?.close());

type Forms = readonly (readonly [string, Partial<Faults>])[];

const EXPORTS: Forms = [
  ['the answer to the hello in two pieces', { tunnelReply: 'split' }],
  ['chunks of odd sizes, and small', { oddChunks: true, chunkBytes: 4_001 }],
  ['chunks with extensions, trailers, Expect', { chunkExtensions: true, trailers: true }],
  ['a wait for 100 Continue', { expectContinue: true }],
  ['a length in place of chunks', { contentLength: true }],
  ['all rows in the first file', { spread: first }],
  ['no rows in the first file', { spread: unevenly }],
  ['gzip of many members', { gzipMembers: 40 }],
  ['gzip of many members in odd chunks', { gzipMembers: 9, oddChunks: true, chunkBytes: 777 }],
];

describe.each([
  { encryption: true, compression: false },
  { encryption: true, compression: true },
  { encryption: false, compression: false },
  { encryption: false, compression: true },
])('an export, TLS $encryption and gzip $compression', ({ encryption, compression }) => {
  it.each(EXPORTS)('is whole with %s', async (_, faults) => {
    Object.assign(drive.cluster.faults, faults);
    const folder = await drive.folder();
    const to = join(folder, '%d.csv');
    const form = { encryption, compression, workers: 3 };
    const { rowCount, workers } = await exa.exportParallel({ from: 'drive.flights', to, ...form });
    expect(rowCount).toBe(ROWS);
    expect(await drive.lines([0, 1, 2].map((n) => join(folder, `${n}.csv`)))).toEqual(whole);
    for (const { bytes, wireBytes } of workers) {
      expect(wireBytes === bytes).toBe(!compression || (bytes === 0 && wireBytes === 0));
    }
  });
});

const IMPORTS: Forms = [
  ['the answer to the hello in two pieces', { tunnelReply: 'split' }],
  ['HEAD before GET', { headFirst: true }],
  ['the first byte before all of them', { rangeFirst: true }],
  ['both', { headFirst: true, rangeFirst: true }],
];

describe.each([
  { encryption: true, compression: false },
  { encryption: false, compression: true },
])('an import, TLS $encryption and gzip $compression', ({ encryption, compression }) => {
  it.each(IMPORTS)('is whole with %s', async (_, faults) => {
    await drive.cluster.query('truncate drive.target');
    const folder = await drive.folder();
    await exa.exportParallel({ from: 'drive.flights', to: join(folder, '%d.csv'), workers: 2 });
    Object.assign(drive.cluster.faults, faults);
    const from = join(folder, '%d.csv');
    const options = { into: 'drive.target', from, workers: 2, encryption, compression };
    expect((await exa.importParallel(options)).rowCount).toBe(ROWS);
    const rows = await drive.cluster.query(
      'select count(*)::int n from (table drive.flights except all table drive.target) d',
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('of nothing at all is asked for again and again, and is nothing', async () => {
    await drive.cluster.query('truncate drive.target');
    drive.cluster.faults.repeatsOfEmptyGet = 3;
    const options = { into: 'drive.target', workers: 2, encryption, compression };
    expect((await exa.importParallel({ from: [], ...options })).rowCount).toBe(0);
    expect((await exa.importParallel({ from: () => [], ...options })).rowCount).toBe(0);
    expect(await committed(drive)).toBe(0);
  });
});

describe('what is no shape of a whole', () => {
  it('an empty line in place of the last chunk: an error, and no file', async () => {
    drive.cluster.faults.bodyEnd = 'blank-line';
    const call = exa.exportParallel({ from: 'drive.flights', to: drop, workers: 2 });
    const error = await failureOf(drive, exa, call);
    expect(error).toMatchObject({ name: 'ExasolTransferError' });
    const codes = [error.cause, ...error.errors].map((each) => (each as { code?: string }).code);
    expect(codes).toContain('malformed-body');
  });

  it('a second request for rows that are gone: an error, and nothing committed', async () => {
    await drive.cluster.query('truncate drive.target');
    drive.cluster.faults.rangeFirst = true;
    const from = targetRows(10);
    const call = exa.importParallel({ into: 'drive.target', from, workers: 1 });
    const error = await failureOf(drive, exa, call);
    expect(error).toMatchObject({ origin: 'statement', sqlCode: '42636' });
    expect(error.message).toMatch(/error code=410/);
    expect(await committed(drive)).toBe(0);
  });

  it.each(['short', 'garbage'] as const)('an answer to the hello that is %s', async (reply) => {
    drive.cluster.faults.tunnelReply = reply;
    const call = exa.exportParallel({ from: 'drive.flights', to: drop, workers: 2 });
    const error = await failureOf(drive, exa, call);
    expect(error).toMatchObject({ origin: 'tunnel' });
  });

  it('no answer to the hello: an error after the limit for dialling', async () => {
    drive.cluster.faults.tunnelReply = 'none';
    const options = { to: drop, workers: 2, connectTimeoutMs: 100 };
    const call = exa.exportParallel({ from: 'drive.flights', ...options });
    expect(await failureOf(drive, exa, call)).toMatchObject({
      origin: 'tunnel',
      code: 'connect-failed',
    });
  });
});
