/**
 * Every type × {NULL, extremes, empty, domain, array (nested, with NULLs, with lower bounds)}: values are those of `pg` on
 * the same server, and what docs/types.md says they are; Arrow's are what the server writes.
 */
import { connect, type Database } from '@millrace/engine';
import type { Vector } from 'apache-arrow';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startShards } from '../support/start-shards.js';
import { arrowTexts, normalised, truthSql } from './arrow-truth.js';
import { documentedTypes, isDocumented } from './type-document.js';
import { TYPE_SAMPLES, type TypeSample, USER_TYPES } from './type-samples.js';
import { typeStatement, valueRows } from './type-statement.js';

let servers: Awaited<ReturnType<typeof startShards>>;
let db: Database;
let client: pg.Client;

beforeAll(async () => {
  servers = await startShards(1);
  const url = servers.urls[0] as string;
  client = new pg.Client(url);
  await client.connect();
  const domains = TYPE_SAMPLES.map((sample, i) => typeStatement(sample, i).setup);
  await client.query(`${USER_TYPES} ${domains.join('; ')}`);
  db = await connect({ shards: [url], threads: 1, batchRows: 3 });
});
afterAll(async () => {
  await db?.close();
  await client?.end();
  await servers?.stop();
});

const DOCUMENTED = documentedTypes();
const CASES = TYPE_SAMPLES.map((sample, index) => ({ ...sample, index }));
/** What is no type of PostgreSQL's own is a string, as are arrays of it. */
const USERS = { arrow: 'Utf8', value: 'string', arrayValue: 'string' };

const documented = ({ type, listed }: TypeSample) =>
  listed === '' ? USERS : DOCUMENTED.get(listed ?? type);

async function byPg(text: string, rowMode: 'object' | 'array') {
  const config = { text, ...(rowMode === 'array' && { rowMode }) };
  return (await client.query(config as pg.QueryConfig)) as pg.QueryResult<object>;
}

describe.each(['object', 'array'] as const)('rows as %ss have the values of pg', (rowMode) => {
  test.each(CASES)('$type', async ({ index, ...sample }) => {
    const { sql } = typeStatement(sample, index);
    const theirs = await byPg(sql, rowMode);
    const ours = await db.query(sql, [], { rowMode });
    expect(ours.rows).toStrictEqual(theirs.rows);
    expect(ours.rows).toHaveLength(2 * (sample.values.length + (sample.special ?? []).length) + 1);
    expect(ours.fields).toEqual(theirs.fields.map((field) => ({ ...field })));
  });
});

describe('values are what docs/types.md says', () => {
  test.each(CASES)('$type', async ({ index, ...sample }) => {
    const words = documented(sample);
    const { rows } = await db.query(typeStatement(sample, index).sql);
    const wrong = rows.flatMap(({ value, domain, list, nested }) =>
      [
        [value, words?.value],
        [domain, words?.value],
        [list, words?.arrayValue],
        [nested, words?.arrayValue],
      ].filter(([shown, said]) => shown !== null && !isDocumented(shown, said as string)),
    );
    expect(wrong).toEqual([]);
  });

  test('every type that is in the table has samples here, or cannot be written', () => {
    const sampled = new Set(TYPE_SAMPLES.map(({ type, listed }) => listed ?? type));
    const missing = [...DOCUMENTED.keys()].filter((name) => !sampled.has(name));
    expect(missing).toEqual(['gtsvector', 'record', 'void']);
  });
});

describe('Arrow values are what the server writes', () => {
  test.each(CASES)('$type', async (sample) => {
    const { arrow: truth, values } = sample;
    const sql = `select i, v, ${truthSql(truth)} as truth, array[v, v] as list, format('%s', array[v, v]) as list_truth
      from (${valueRows(sample, values)}) given order by i`;
    const expected = (await byPg(sql, 'object')).rows as { truth: string; list_truth: string }[];
    const table = await db.arrow(sql);
    const column = (name: string): Vector => table.getChild(name) as Vector;
    expect(String(column('v').type).replace(/^(Decimal).*/, '$1')).toBe(documented(sample)?.arrow);
    expect(arrowTexts(column('v'), truth)).toEqual(
      expected.map((row) => normalised(row.truth, truth)),
    );
    expect(arrowTexts(column('list'), 'text')).toEqual(expected.map((row) => row.list_truth));
    expect(column('v').nullCount).toBe(values.length + 1);
  });
});

/** Columns of types that no table can have, or that only the server can write. */
const PSEUDO_TYPES = [
  ['void', "select pg_advisory_lock_shared(1) as v, pg_notify('nobody', '') as w"],
  [
    'record',
    "select row(1, null, 'a \"b\"', row(2)) as v, array[row(1, 'x'), null] as list, row() as w",
  ],
  ['a literal without a type', "select 'x' as v, null as w, '' as e"],
  ['cstring', "select 'x'::cstring as v, null::cstring as w"],
  [
    'anyarray',
    'select histogram_bounds as v, most_common_vals as w from pg_stats order by tablename, attname limit 30',
  ],
  ['pg_node_tree', 'select conbin as v from pg_constraint order by oid limit 5'],
  ['a row of a table', 'select c as v, array[c] as list from pg_am c order by oid'],
  [
    'a domain over a domain, and over an array',
    "select 'a'::information_schema.sql_identifier as v, 1::information_schema.cardinal_number as w, '{1,2}'::numbers as n",
  ],
] as const;

test.each(PSEUDO_TYPES)('%s is what pg makes of it', async (_, sql) => {
  await client.query('drop domain if exists numbers; create domain numbers as int8[]');
  for (const rowMode of ['object', 'array'] as const) {
    const theirs = await byPg(sql, rowMode);
    const ours = await db.query(sql, [], { rowMode });
    expect(ours.rows).toStrictEqual(theirs.rows);
    expect(ours.fields).toEqual(theirs.fields.map((field) => ({ ...field })));
  }
});
