/** Two SQLite files as shards: one statement over both, each in a worker thread, and a transaction over both. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ParallelConnection } from '@millrace/engine';
import { makeDatabases } from './make-databases.js';

const folder = await mkdtemp(join(tmpdir(), 'millrace-sqlite-'));
try {
  const dsns = await makeDatabases(folder);
  const connector = new URL('./sqlite-connector.js', import.meta.url);
  await using pdb = await ParallelConnection.connect(dsns, { connector });

  const c = pdb.cursor();
  await c.execute('SELECT name, km FROM rivers WHERE km > ? ORDER BY km DESC', [4000]);
  console.log(`Rivers of more than 4,000 km, of ${dsns.map(({ name }) => name).join(' and ')}:`);
  for await (const [name, km] of c) console.log(`  ${String(name).padEnd(12)}${km} km`);

  await c.execute('DELETE FROM rivers WHERE km < ?', [3000]);
  console.log(`\n${c.rowcount} short ones deleted …`);
  await pdb.rollback();
  await c.execute('SELECT count(*) FROM rivers');
  const counts = (await c.fetchall()).flat();
  console.log(`… and all back after the rollback: ${counts.join(' + ')} rivers.`);
} finally {
  await rm(folder, { recursive: true });
}
