/** That the comparison sees what it is there to see. The oracle is asked twice: as it is, and for what a wrong engine says. */
import type { Cluster } from '@millrace/embedded';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, compareErrors, differenceOf } from './compare.js';
import { Oracle, type OracleAnswer } from './oracle.js';
import { startSuiteServer } from './prove-suite.js';
import type { Freedom } from './statement.js';

let cluster: Cluster;
let client: pg.Client;
let oracle: Oracle;

beforeAll(async () => {
  cluster = await startSuiteServer();
  client = new pg.Client({ connectionString: cluster.urls[0] });
  await client.connect();
  await client.query(`create table t (id int, g int, x float8);
    insert into t select i, i / 3, i / 7.0::float8 from generate_series(1, 9) i`);
  oracle = new Oracle(client);
});

afterAll(async () => {
  await client?.end();
  await cluster?.stop();
});

/** What differs when `wrong` is the answer to `right`. */
async function difference(
  right: string,
  wrong: string,
  { free = [], params = [] }: { free?: readonly Freedom[]; params?: readonly unknown[] } = {},
): Promise<string | undefined> {
  const expected = await oracle.ask({ name: 'right', sql: right, params });
  const given = await oracle.ask({ name: 'wrong', sql: wrong });
  if ('code' in expected || 'code' in given) throw new Error('a statement of the test is wrong');
  const actual = { fields: given.fields, rows: given.rows } as unknown as Answer;
  return differenceOf({ name: 'one', sql: right, free }, expected as OracleAnswer, actual, {
    magnitude: 1,
    typeName: () => Promise.resolve(''),
  });
}

describe('equal answers', () => {
  test.each([
    ['select id from t', 'select id from t order by id desc'],
    ['select id, g from t order by g', 'select id, g from t order by g, id desc'],
    ['select id from t order by g limit 4', 'select id from t where id in (1, 2, 5, 4) order by g'],
    ['select id from t limit 2', 'select id from t where id > 7'],
    ['select id from t order by g offset 3 limit 1', 'select 3'],
    ['select g from t order by g fetch first 1 row with ties', 'select g from t where g = 0'],
    ['select sum(x) from t', 'select sum(x) + 1e-13 from t'],
    ['select 1.0::numeric as n', 'select 1.0 as n'],
  ])('%s ~ %s', async (right, wrong) => {
    const renamed = wrong
      .replace('select 3', 'select 3 as id')
      .replace(' + 1e-13', ' + 1e-13 as sum');
    expect(await difference(right, renamed)).toBeUndefined();
  });

  test('equal values with other texts, where the statement is free in that', async () => {
    const scale = ['select 1.0 as n', 'select 1.00 as n'] as const;
    expect(await difference(...scale, { free: ['scale'] })).toBeUndefined();
    expect(await difference(...scale)).toBeDefined();
    const order = ['select array[1, 2] as a', 'select array[2, 1] as a'] as const;
    expect(await difference(...order, { free: ['arrays'] })).toBeUndefined();
    expect(await difference(...order)).toBeDefined();
  });

  test('a limit that is a parameter', async () => {
    const sql = 'select id from t order by g, id limit $1 offset $2';
    const shown = 'select id from t where id in (2, 3) order by id';
    expect(await difference(sql, shown, { params: [2, 1] })).toBeUndefined();
    expect(await difference(sql, shown, { params: [2, 2] })).toBeDefined();
  });
});

describe('answers that differ', () => {
  test.each([
    ['a column of another name', 'select 1 as a', 'select 1 as b'],
    ['a type', 'select 1 as a', 'select 1::int8 as a'],
    ['a modifier', 'select $$a$$::varchar(3) as a', 'select $$a$$::varchar(4) as a'],
    ['a row too few', 'select id from t', 'select id from t where id > 1'],
    ['a row twice', 'select id from t', 'select greatest(id, 2) as id from t'],
    ['a NULL', 'select $$$$::text as a', 'select null::text as a'],
    ['a sign of zero', 'select 0::float8 as a', 'select -0.0::float8 * 1 as a'],
    ['the order', 'select id from t order by id', 'select id from t order by id desc'],
    [
      'the order by what is not shown',
      'select id from t order by g',
      'select id from t order by g desc',
    ],
    [
      'the order by a hidden NULL',
      'select id from t order by nullif(g, 1) nulls first, id',
      'select id from t order by id',
    ],
    ['rows beyond the limit', 'select id from t order by g limit 1', 'select 3 as id'],
    ['rows before the offset', 'select id from t order by id offset 8', 'select 8 as id'],
    ['a sum', 'select sum(x) from t', 'select sum(x) + 1e-9 as sum from t'],
    [
      'a float that is no sum',
      'select x from t where id = 1',
      'select x + 1e-16 as x from t where id = 1',
    ],
    ['the texts of numerics', 'select 1.0 as n', 'select 1.00 as n'],
    [
      'a timestamp',
      `select timestamp '2020-01-01 00:00:00.1' as t`,
      `select timestamp '2020-01-01 00:00:00.01' as t`,
    ],
  ])('%s', async (_, right, wrong) => {
    const exact = wrong.replace('-0.0::float8 * 1', `'-0'::float8`);
    expect(await difference(right, exact)).toBeDefined();
  });
});

test('errors are the same when code and message are', () => {
  const error = (message: string, code: string): Error & { code: string } =>
    Object.assign(new Error(message), { code });
  const expected = { code: '22012', message: 'division by zero' };
  expect(compareErrors(error('division by zero', '22012'), expected)).toBeUndefined();
  expect(compareErrors(error('division by nought', '22012'), expected)).toBeDefined();
  expect(compareErrors(error('division by zero', '22003'), expected)).toBeDefined();
  expect(compareErrors(error('division by zero', '22012'), undefined)).toBeDefined();
});
