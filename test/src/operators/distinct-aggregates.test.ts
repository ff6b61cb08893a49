/**
 * Aggregates of DISTINCT values over rows (group, value) that come from several parts, the same ones among them, against
 * PostgreSQL's answer over all rows.
 */
import { connect, type Database } from '@millrace/engine';
import { type ColumnOrder, distinctKernelName } from '@millrace/operators';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askAll } from '../support/ask.js';
import { testSeed } from '../support/seed.js';
import { startShards } from '../support/start-shards.js';
import { expectSame } from './expect-same.js';
import { mergeParts, readColumns } from './merge-parts.js';
import { allPools, tableSql } from './pools-table.js';

const PARTS = [1, 3];
const random = testSeed();
const POOLS = allPools(random);

/** How values are equal, where they are to be compared here. */
const ORDERS: Readonly<Record<string, ColumnOrder>> = {
  int2: 'value',
  int4: 'value',
  int8: 'value',
  float4: 'value',
  float8: 'value',
  bool: 'value',
  date: 'value',
  timestamptz: 'value',
  numeric: 'numeric',
  text: 'bytes',
  varchar: 'bytes',
  bpchar: 'bpchar',
};

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

describe(`aggregates of distinct values (seed ${random.seed})`, () => {
  const names = ['count', 'sum', 'avg', 'variance', 'var_pop', 'stddev', 'stddev_pop'];

  test.each(names)('%s(distinct x) is what it is over all rows', async (name) => {
    let tried = 0;
    for (const [i, { type, name: typeName, comparable, values }] of POOLS.entries()) {
      if (name !== 'count' && hasEqualOnes(values)) continue;
      const order = type.includes('(20,4)') ? 'value' : ORDERS[typeName];
      const kernel = order && distinctKernelName(name, typeName, order);
      if (kernel === undefined) continue;
      tried++;
      const given = {
        title: `${name}(distinct ${type})`,
        call: { name, argumentTypes: [typeName], comparable },
        arguments: [`x${i}`],
      };
      for (const by of ['', 'g, ']) {
        const group = by === '' ? '' : 'group by g';
        const truth = await readColumns(db, `select ${by}${name}(distinct x${i}) from t ${group}`);
        for (const parts of PARTS) {
          const sql = Array.from(
            { length: parts },
            (_, part) => `select distinct ${by}x${i} from t where r % ${parts} = ${part}`,
          );
          const keys = by === '' ? 0 : 1;
          const merged = await mergeParts(db, sql, keys, [{ kernel, columns: [keys] }]);
          expectSame(merged, truth, given, `${parts} parts, ${by || 'no keys'}`);
        }
      }
    }
    expect(tried).toBeGreaterThan(0);
  });
});

/** Of 1.0 and 1.00 either may stand for both, and its scale shows in the result. */
function hasEqualOnes(values: readonly string[]): boolean {
  const numbers = values.map(plainNumber);
  return /\./.test(values.join('')) && new Set(numbers).size < new Set(values).size;
}

function plainNumber(text: string): string {
  const short = text.replace(/^(-?)0+(?=\d)/, '$1');
  return short.includes('.') ? short.replace(/\.?0+$/, '') : short;
}
