import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { CsvTally } from './csv-tally.js';
import { startFastCluster } from './start-fast-cluster.js';

interface Driver {
  connect(): Promise<void>;
  exportToCsvFile(source: string, path: string): Promise<number>;
  importFromCsvFile(table: string, path: string): Promise<number>;
  close(): Promise<void>;
}

const { ExasolDriver } = createRequire(import.meta.url)('@exasol/exasol-driver-ts') as {
  ExasolDriver: new (factory: (url: string) => WebSocket, config: object) => Driver;
};

it.each(['csv', 'csv.gz'])(
  'serves all its rows as .%s, and counts what comes',
  async (extension) => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-fast-'));
    await using cluster = await startFastCluster({ nodes: 2, rows: 20_000, columns: 10 });
    const driver = new ExasolDriver((url) => new WebSocket(url, { ca: cluster.authority }), {
      host: '127.0.0.1',
      port: cluster.port,
      user: cluster.user,
      password: cluster.password,
    });
    await driver.connect();
    try {
      const path = join(folder, `rows.${extension}`);
      expect(await driver.exportToCsvFile('bench', path)).toBe(24_576);
      const file = await readFile(path);
      expect(extension === 'csv' ? file : gunzipSync(file)).toHaveLength(cluster.bytes);
      // The driver imports no compressed files.
      if (extension === 'csv') expect(await driver.importFromCsvFile('bench', path)).toBe(24_576);
    } finally {
      await driver.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
);

it('tells line ends from line feeds in quotes, and finds a value that is not the same', () => {
  const csv = '1,"a ""b""\nc",2024-01-01,,1,1.50\n2,,,,0,3\n';
  const tally = (
    text: string,
    of: 'bytes' | 'rows' | 'values',
    cut: number,
  ): { count: number; sum: number } => {
    const bytes = Buffer.from(text);
    const counter = new CsvTally(of);
    counter.write(bytes.subarray(0, cut));
    counter.write(bytes.subarray(cut));
    return { count: counter.count, sum: counter.sum };
  };
  for (let cut = 0; cut < csv.length; cut += 1) {
    expect(tally(csv, 'rows', cut).count).toBe(2);
    expect(tally(csv, 'bytes', cut).count).toBe(csv.length);
    expect(tally(csv, 'values', cut)).toEqual(tally(csv, 'values', 0));
  }
  const same = csv
    .replace('1,1.50', 'true,1.5')
    .split(/(?<=3\n)|(?<=1\.5\n)/)
    .reverse()
    .join('');
  expect(tally(same, 'values', 7)).toEqual(tally(csv, 'values', 0));
  const swapped = csv.replace('1,1.50', '0,1.50').replace('0,3', '1,3');
  expect(tally(swapped, 'values', 0).sum).not.toBe(tally(csv, 'values', 0).sum);
});
