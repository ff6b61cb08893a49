/**
 * Rows leave a table, are changed, and arrive in another one, by the same workers: each holds a tunnel of the EXPORT and one of the
 * IMPORT. Both statements run at once, on a connection each, so that rows pass through and none has to wait in memory.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { connectExasol } from '@millrace/engine';
import { readArguments } from './program-arguments.js';
import type { RaiseAmountsData, TunnelPair } from './raise-amounts.js';

const { login, table, into, workers, column } = readArguments({
  table: 'retail.payments',
  into: 'retail.payments_copy',
  workers: '4',
  column: 'GROSS_AMT',
});

await using exporter = await connectExasol({ ...login, compression: true });
await using importer = await connectExasol({ ...login, compression: true });
const { columns } = await exporter.session.describe(`SELECT * FROM ${table}`);
await importer.execute(`TRUNCATE TABLE ${into}`);

const started = performance.now();
const nodes = await exporter.session.nodes(Number(workers));
const threads = nodes.map(({ host, port }) => {
  const names = columns.map(({ name }) => name);
  const workerData: RaiseAmountsData = { host, port, names, column };
  return new Worker(new URL('./raise-amounts.js', import.meta.url), { workerData });
});
/** Rejects when a thread fails. */
const broken = Promise.race(
  threads.map(async (thread): Promise<never> => {
    const [error] = await once(thread, 'error');
    throw error;
  }),
);
broken.catch(() => undefined);
try {
  const pairs = Promise.all(
    threads.map(async (thread): Promise<TunnelPair> => (await once(thread, 'message'))[0]),
  );
  const addresses = await Promise.race([pairs, broken]);
  const exports = addresses.map((pair) => pair.export);
  const imports = addresses.map((pair) => pair.import);
  const both = Promise.all([
    exporter.exportParallel(exports, table),
    importer.importParallel(imports, into),
  ]);
  const [exported, imported] = await Promise.race([both, broken]);
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `exported ${exported.rowCount} rows and imported ${imported.rowCount} in ${seconds.toFixed(2)} s`,
  );
} finally {
  // Only now: a node may read from a tunnel until its statement has ended. If one has failed, this ends the other.
  await Promise.all(threads.map((thread) => thread.terminate()));
}
