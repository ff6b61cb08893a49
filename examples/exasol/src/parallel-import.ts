/**
 * An import by parallel workers, each of which makes its own rows. Nothing passes through this thread; and the table has all rows of
 * all workers when it is done, or those that it had.
 */
import { connectExasol } from '@millrace/engine';
import { readArguments } from './program-arguments.js';

const { login, table, workers, rows } = readArguments({
  table: 'retail.users',
  workers: '4',
  rows: '3',
});

const makeUsers = new URL('./make-users.js', import.meta.url);
makeUsers.searchParams.set('rows', rows);

// TRUNCATE and IMPORT are one transaction: a failure leaves the rows that were there.
await using exa = await connectExasol({ ...login, autocommit: false });
const started = performance.now();
await exa.execute(`TRUNCATE TABLE ${table}`);
const { rowCount, workers: streams } = await exa.importParallel({
  into: table,
  columns: ['user_id', 'user_name', 'worker'],
  from: makeUsers,
  workers: Number(workers),
});
await exa.session.commit();
for (const { node, bytes } of streams) console.log(`${bytes} bytes of CSV to ${node}`);
const seconds = (performance.now() - started) / 1000;
console.log(`imported ${rowCount} rows in ${seconds.toFixed(2)} s`);
