import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { httpTransport } from '@millrace/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ParallelDrive, ROWS, startDrive } from './parallel-drive.js';

let drive: ParallelDrive;
/** What one stream gives to one file, line by line, as the reference of all others. */
let whole: readonly string[];

beforeAll(async () => {
  drive = await startDrive();
  const exa = await drive.connect({ encryption: false });
  const path = join(await drive.folder(), 'all.csv');
  const { rowCount } = await exa.exportParallel({ from: 'drive.flights', to: path });
  expect(rowCount).toBe(ROWS);
  whole = await drive.lines([path]);
});

afterAll(() => drive?.close());

const FORMS = [
  { encryption: false, compression: false },
  { encryption: true, compression: false },
  { encryption: true, compression: true },
];

describe.each(FORMS)('an export with $encryption TLS and $compression gzip', (form) => {
  it.each([1, 2, 4])('gives each row to one of %i files', async (workers) => {
    const exa = await drive.connect({ encryption: form.encryption });
    const folder = await drive.folder();
    const result = await exa.exportParallel({
      from: 'drive.flights',
      to: join(folder, 'part-%02d.csv'),
      workers,
      compression: form.compression,
    });
    const names = (await readdir(folder)).sort();
    expect(names).toEqual(['00', '01', '02', '03'].slice(0, workers).map((n) => `part-${n}.csv`));
    expect(await drive.lines(names.map((name) => join(folder, name)))).toEqual(whole);
    expect(result.rowCount).toBe(ROWS);
    expect(result.workers).toHaveLength(workers);
    expect(result.workers.every(({ bytes }) => bytes > 0)).toBe(true);
    const { bytes, wireBytes } = result.workers[0]!;
    expect(wireBytes < bytes).toBe(form.compression);
    await exa.close();
    await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
  });
});

describe('an export goes', () => {
  it('through a tunnel opened apart into a file, which stays when the tunnel is closed', async () => {
    const exa = await drive.connect();
    const path = join(await drive.folder(), 'apart.csv');
    const tunnel = await httpTransport({ host: '127.0.0.2', port: drive.cluster.port });
    await Promise.all([
      exa.exportParallel([tunnel.address], 'drive.flights'),
      tunnel.exportTo(path),
    ]);
    await tunnel.close();
    expect(await drive.lines([path])).toEqual(whole);
  });

  it('into Node streams, functions and modules, one for each stream', async () => {
    const exa = await drive.connect();
    const stream = new PassThrough();
    const fromStream: Buffer[] = [];
    stream.on('data', (bytes: Buffer) => fromStream.push(bytes));
    const fromFunction: Uint8Array[] = [];
    const module = new URL(
      `data:text/javascript,${encodeURIComponent(
        'export default async (bytes, place) => { let sum = 0; for await (const piece of bytes) sum += piece.length; return { sum, ...place }; }',
      )}`,
    );
    const { workers } = await exa.exportParallel({
      from: 'drive.flights',
      to: [
        stream,
        async (bytes, place) => {
          expect(place).toEqual({ index: 1, workers: 3 });
          for await (const piece of bytes) fromFunction.push(piece);
        },
        module,
      ],
    });
    expect(stream.writableFinished).toBe(true);
    expect(Buffer.concat(fromStream).length).toBe(workers[0]!.bytes);
    expect(Buffer.concat(fromFunction).length).toBe(workers[1]!.bytes);
    expect(workers[2]!.result).toEqual({ sum: workers[2]!.bytes, index: 2, workers: 3 });
    await exa.close();
  });

  it('into typed batches with every row once, and its values', async () => {
    const exa = await drive.connect();
    const seen = new Map<bigint, readonly unknown[]>();
    const options = { workers: 3, batchRows: 1_000 };
    for await (const batch of exa.stream({ query: 'SELECT * FROM drive.flights' }, options)) {
      expect(batch.rowCount).toBeLessThanOrEqual(1_000);
      expect(batch.schema.fields.map(({ type }) => type.kind)).toEqual([
        'int64',
        'utf8',
        'decimal',
      ]);
      const [ids, notes, delays] = batch.vectors;
      for (let row = 0; row < batch.rowCount; row++) {
        seen.set(BigInt(ids!.at(row) as bigint), [notes!.at(row), delays!.at(row)]);
      }
    }
    expect(seen.size).toBe(ROWS);
    expect(seen.get(7n)).toEqual(['a,"b"\n7', '1.75']);
    expect(seen.get(10n)?.[1]).toBeNull();
    await exa.close();
  });

  it('into batches only as far as they are wanted', async () => {
    const exa = await drive.connect();
    for await (const batch of exa.stream('drive.flights', { workers: 2, batchRows: 100 })) {
      expect(batch.rowCount).toBeGreaterThan(0);
      break;
    }
    await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
    expect((await exa.execute('SELECT count(*) AS n FROM drive.flights')).rows).toEqual([
      { N: BigInt(ROWS) },
    ]);
    await exa.close();
  });
});
