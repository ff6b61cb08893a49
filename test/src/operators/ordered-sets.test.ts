/** percentile_cont, percentile_disc and mode over rows (group, value, count) of several parts, against PostgreSQL's over all rows. */
import { connect, type Database } from '@millrace/engine';
import { type ColumnOrder, orderedSetKernelName } from '@millrace/operators';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askAll } from '../support/ask.js';
import { testSeed } from '../support/seed.js';
import { startShards } from '../support/start-shards.js';
import { expectSame } from './expect-same.js';
import { mergeParts, readColumns } from './merge-parts.js';
import { allPools, tableSql } from './pools-table.js';

const random = testSeed();
const POOLS = allPools(random);
const FRACTIONS = [0, 0.1, 0.5, 0.95, 1];
const NUMBERS = /^(int\d|float|numeric)/;

let servers: Awaited<ReturnType<typeof startShards>>;
let db: Database;

beforeAll(async () => {
  servers = await startShards(1);
  db = await connect({ shards: [...servers.urls].slice(0, 1) });
  await askAll(servers.urls, tableSql(POOLS, random));
});
afterAll(async () => {
  await db?.close();
  await servers?.stop();
});

/** The values as SQL, and their order; undefined where they are not compared here. */
function valuesOf(name: string, column: number): { sql: string; order: ColumnOrder } | undefined {
  const pool = POOLS[column]!;
  if (name === 'percentile_cont') {
    return NUMBERS.test(pool.name) ? { sql: `x${column}::float8`, order: 'value' } : undefined;
  }
  if (pool.type.includes('(20,4)')) return { sql: `x${column}`, order: 'value' };
  if (pool.name === 'numeric') return { sql: `x${column}`, order: 'numeric' };
  if (pool.name === 'bpchar') return { sql: `x${column}`, order: 'bpchar' };
  if (/^(text|varchar)$/.test(pool.name)) return { sql: `x${column}`, order: 'bytes' };
  if (NUMBERS.test(pool.name) || /^(date|timestamp|bool)/.test(pool.name)) {
    return { sql: `x${column}`, order: 'value' };
  }
  return undefined;
}

describe(`ordered sets (seed ${random.seed})`, () => {
  test.each(['percentile_cont', 'percentile_disc', 'mode'])(
    '%s is what it is over all rows',
    async (name) => {
      let tried = 0;
      for (const [i, pool] of POOLS.entries()) {
        const values = valuesOf(name, i);
        if (values === undefined) continue;
        tried++;
        const fraction = FRACTIONS[tried % FRACTIONS.length]!;
        const descending = tried % 2 === 0;
        const argument = name === 'mode' ? '' : String(fraction);
        const whole = `${name}(${argument}) within group (order by ${values.sql} ${descending ? 'desc' : ''})`;
        // Values are compared as numbers are: of equal numerics any may be the result.
        const given = {
          title: `${whole} of ${pool.type}`,
          call: { name: 'min', argumentTypes: [pool.name], comparable: true },
          arguments: [],
        };
        for (const by of ['', 'g, ']) {
          const truth = await readColumns(db, `select ${by}${whole} from t ${by && 'group by g'}`);
          const sql = [0, 1, 2].map(
            (part) =>
              `select ${by}${values.sql}, count(*) from t where r % 3 = ${part} group by ${by}${values.sql}`,
          );
          const keys = by === '' ? 0 : 1;
          const kernel = orderedSetKernelName(name, values.order)!;
          const options = { fraction, descending };
          const merged = await mergeParts(db, sql, keys, [
            { kernel, columns: [keys, keys + 1], options },
          ]);
          expectSame(merged, truth, given, by || 'no keys');
        }
      }
      expect(tried).toBeGreaterThan(5);
    },
  );
});
