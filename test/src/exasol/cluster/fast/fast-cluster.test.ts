import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
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
    await using cluster = await startFastCluster({ nodes: 2, rows: 20_000, columns: 3 });
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
