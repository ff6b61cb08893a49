/**
 * An export by parallel workers, each with a function of its own. The function is a module: it runs in the thread that holds the
 * tunnel, and this thread sees nothing but what it returns.
 */
import { mkdir, rm } from 'node:fs/promises';
import { connectExasol } from '@millrace/engine';
import type { PackedPart } from './pack-part.js';
import { readArguments } from './program-arguments.js';

const { login, table, workers, folder } = readArguments({
  table: 'retail.payments',
  workers: '4',
  folder: 'payments',
});

await mkdir(folder, { recursive: true });
const packPart = new URL('./pack-part.js', import.meta.url);
packPart.searchParams.set('folder', folder);

await using exa = await connectExasol(login);
const started = performance.now();
try {
  const { rowCount, workers: streams } = await exa.exportParallel({
    from: table,
    to: packPart,
    workers: Number(workers),
    withColumnNames: true,
  });
  for (const { node, result } of streams) {
    const { path, rows, bytes } = result as PackedPart;
    console.log(`${path}: ${rows} rows of ${node} in ${bytes} bytes`);
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`exported ${rowCount} rows in ${seconds.toFixed(2)} s`);
} catch (error) {
  // Some streams may have ended well before the statement failed: their files are not the whole.
  const parts = Array.from({ length: Number(workers) }, (_, i) => `${folder}/part-${i}.csv.gz`);
  await Promise.all(parts.map((part) => rm(part, { force: true })));
  throw error;
}
