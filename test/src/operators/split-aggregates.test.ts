/**
 * Aggregates in two halves against the aggregate itself: random rows, split over several parts as shards hold them, are
 * aggregated part by part by PostgreSQL, and then merged: by our kernel, and by the final SQL.
 */
import { connect, type Database } from '@millrace/engine';
import {
  type Accumulator,
  type AggregateCall,
  aggregateFunctions,
  splitAggregate,
} from '@millrace/operators';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askAll } from '../support/ask.js';
import { testSeed } from '../support/seed.js';
import { startShards } from '../support/start-shards.js';
import { type Case, expectSame } from './expect-same.js';
import { mergeParts, readColumns } from './merge-parts.js';
import { allPools, tableSql } from './pools-table.js';
import type { ValuePool } from './value-pools.js';

const PARTS = [1, 2, 5];
const random = testSeed();
const POOLS = allPools(random);

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

const TWO_ARGUMENTS = /^(covar|corr|regr)/;

/** Every function over every type that PostgreSQL has it for, which `pg_proc` says. */
async function casesOf(name: string): Promise<Case[]> {
  const cases: Case[] = [];
  if (name === 'count') {
    cases.push({ title: 'count(*)', call: callOf(name, []), arguments: [] });
  }
  for (const [i, pool] of POOLS.entries()) {
    const two = TWO_ARGUMENTS.test(name);
    const columns = two ? [`x${i}`, `y${i}`] : [`x${i}`];
    if (two && pool.name !== 'float8') continue;
    if (!(await accepts(`select ${name}(${columns.join(', ')}) from t where false`))) continue;
    const call = callOf(name, two ? [pool, pool] : [pool]);
    cases.push({ title: `${name}(${pool.type})`, call, arguments: columns });
  }
  return cases;
}

function callOf(name: string, pools: readonly ValuePool[]): AggregateCall {
  const comparable = pools.every((pool) => pool.comparable);
  return { name, argumentTypes: pools.map((pool) => pool.name), comparable };
}

async function accepts(sql: string): Promise<boolean> {
  try {
    await db.query(sql, [], { mode: 'union' });
    return true;
  } catch {
    return false;
  }
}

function withArguments(template: string, columns: readonly string[]): string {
  return template.replace(/\ba(\d)\b/g, (_, i: string) => columns[Number(i)]!);
}

describe(`aggregates in two halves (seed ${random.seed})`, () => {
  const names = aggregateFunctions.flatMap((entry) => entry.names);

  test.each(names)('%s is what it is over all rows', async (name) => {
    const cases = await casesOf(name);
    expect(cases.length, 'PostgreSQL has the function').toBeGreaterThan(0);
    for (const given of cases) await checkCase(given);
  });
});

async function checkCase(given: Case): Promise<void> {
  const split = splitAggregate(given.call);
  if (split === undefined) return;
  const whole = `${given.call.name}(${given.arguments.join(', ') || '*'})`;
  const partials = split.partials.map((partial) => withArguments(partial, given.arguments));
  const list = partials.map((partial, i) => `${partial} as p${i}`).join(', ');
  for (const groups of ['', 'g']) {
    const by = groups === '' ? '' : 'g, ';
    const truth = await readColumns(db, `select ${by}${whole} from t ${groups && 'group by g'}`);
    for (const parts of PARTS) {
      const part = `r % ${parts}`;
      if (split.kernel !== undefined) {
        const sql = Array.from(
          { length: parts },
          (_, i) => `select ${by}${list} from t where ${part} = ${i} ${groups && 'group by g'}`,
        );
        const first = groups === '' ? 0 : 1;
        const columns = partials.map((_, i) => i + first);
        const accumulator: Accumulator = { kernel: split.kernel, columns };
        const merged = await mergeParts(db, sql, first, [accumulator]);
        expectSame(merged, truth, given, `${parts} parts, ${groups || 'no keys'}`);
      }
      if (split.finalSql !== undefined) {
        const inner = `select ${by}${list} from t group by ${part}${groups && ', g'}`;
        const sql = `select ${by}${split.finalSql} from (${inner}) p ${groups && 'group by g'}`;
        expectSame(await readColumns(db, sql), truth, given, `SQL of ${parts} parts`);
      }
    }
  }
}
