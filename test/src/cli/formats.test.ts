/** What `millrace query` prints, compared with what PostgreSQL itself writes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../support/ask.js';
import { startOwnShards } from '../support/start-shards.js';
import { copyCsv } from './copy-csv.js';
import { millrace } from './start-millrace.js';

let servers: Awaited<ReturnType<typeof startOwnShards>>;
let first: string;

beforeAll(async () => {
  servers = await startOwnShards(2);
  first = servers.urls[0] as string;
});
afterAll(() => servers?.stop());

/** Standard output of a query that must go well. */
async function printed(
  args: readonly string[],
  shards: readonly string[] = [first],
): Promise<string> {
  const end = await millrace(['query', '--shards', shards.join(','), ...args]);
  expect(end).toMatchObject({ code: 0, stderr: '' });
  return end.stdout;
}

const EVERY_KIND = `
  select true as yes, 7::smallint as small, -5 as int, 9007199254740993::int8 as big, 0.1::float4 as real, 1e-7::float8 as double,
    'NaN'::float8 as nan, 1.50::numeric(9,2) as decimal, 12345678901234567890.000000001 as numeric, 'NaN'::numeric as nothing,
    'a, "b"' as quoted, E'two\\nlines' as lines, '' as empty, null::text as missing, 'é𝒳' as accents, '\\x00ff'::bytea as bytes,
    date '2001-02-03' as date, timestamp '2001-02-03 04:05:06.7' as local, timestamptz '2001-02-03 04:05:06+02' as instant,
    timestamp 'infinity' as never, date '0044-03-15 BC' as ides, interval '1 mon -2 days 03:04:05.5' as interval, time '01:02' as time,
    '{1,NULL,3}'::int8[] as list, '[0:1]={a,"b c"}'::text[] as bounded, '{{1.50,2},{3,12345678901234567890.1}}'::numeric[] as matrix, '[0:2]={1.50,NULL,NaN}'::numeric[] as numbers, '{}'::int[] as none,
    '{NULL}'::text[] as nulls,
    '{"a": 12345678901234567890, "b":  [1]}'::json as json, '[1, "x"]'::jsonb as jsonb, 'null'::jsonb as json_null,
    '(1,2.5)'::point as point, '1f4e2a5c-0000-4000-8000-000000000001'::uuid as uuid, int4range(1, 5) as range, row(1, 'x y') as row`;

describe('csv', () => {
  test('is what COPY writes, for every kind of value', async () => {
    expect(await printed([EVERY_KIND, '--format', 'csv'])).toBe(await copyCsv(first, EVERY_KIND));
  });

  test('is the default where no terminal is; a shard after the other in a union', async () => {
    expect(await printed(['select 1 as a', '--mode', 'union'], servers.urls)).toBe('a\n1\n1\n');
  });

  test('of many rows: each once, in order', async () => {
    const sql = "select g, 'row ' || g as name from generate_series(1, 150000) g";
    // Compared before: the difference of two such texts, line by line, would take minutes.
    const isSame = (await printed([sql])) === (await copyCsv(first, sql));
    expect(isSame).toBe(true);
  });

  test('names the columns of no rows, and runs nothing again for it', async () => {
    await ask(first, 'create sequence runs');
    const sql = "select 1 as a, 'x' as \"b,c\" where nextval('runs') < $1 -- none";
    expect(await printed([sql, '0'])).toBe('a,"b,c"\n');
    expect((await ask(first, 'select last_value from runs')).rows).toEqual([{ last_value: '1' }]);
    expect(await printed(['select 1 as a where false; '])).toBe('a\n');
  });

  test('of a command without rows is nothing', async () => {
    await ask(first, 'create table written (a int)');
    expect(await printed(['insert into written values (1), (2)'])).toBe('');
    expect(
      await printed([
        'with x as (insert into written values (3) returning a) select a from x where false',
      ]),
    ).toBe('');
    expect((await ask(first, 'select count(*)::int as n from written')).rows).toEqual([{ n: 3 }]);
  });
});

describe('json', () => {
  /** Texts of all values of `row_to_json`, by name, as PostgreSQL takes JSON apart: with every digit. */
  async function members(json: string): Promise<Record<string, unknown>> {
    const { rows } = await ask(first, 'select key, value::text as value from json_each($1::json)', [
      json,
    ]);
    return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
  }

  test('ndjson has the members of row_to_json, with every digit', async () => {
    const line = await printed([EVERY_KIND, '--format', 'ndjson']);
    expect(line.trimEnd()).not.toContain('\n');
    const ours = await members(line);
    const { rows } = await ask(first, `select row_to_json(x)::text as row from (${EVERY_KIND}) x`);
    const theirs = await members(rows[0]?.row as string);
    // Known to differ: ISO 8601 with six digits, `1e-7` for `1e-07`, and `pg`'s own form of points and rows.
    const forms = {
      local: '"2001-02-03T04:05:06.700000"',
      instant: '"2001-02-03T02:05:06.000000Z"',
      double: '1e-7',
      point: '{"x":1,"y":2.5}',
      row: '"(1,\\"x y\\")"',
    };
    expect(ours).toEqual({ ...theirs, ...forms });
  });

  test('json is one array of them, also of none', async () => {
    const sql = 'select g as a from generate_series(1, 2500) g';
    const text = await printed([sql, '--format', 'json']);
    expect(JSON.parse(text)).toEqual(Array.from({ length: 2_500 }, (_, i) => ({ a: i + 1 })));
    expect(text.split('\n')).toHaveLength(2_503);
    expect(await printed(['select 1 where false', '--format', 'json'])).toBe('[]\n');
    expect(await printed(['select 1 where false', '--format', 'ndjson'])).toBe('');
  });

  test('json values on several lines stay on one', async () => {
    const sql = `select E'{\\n"a": "x\\\\ny"\\r\\n}'::json as j`;
    expect(await printed([sql, '--format', 'ndjson'])).toBe('{"j":{ "a": "x\\ny" }}\n');
  });
});

describe('table', () => {
  test('numbers flush right, and how many rows', async () => {
    const sql = "select * from (values (1, 'one'), (1000, null)) v (n, name)";
    expect(await printed([sql, '--format', 'table'])).toBe(
      '    n   name\n-------------\n    1   one\n 1000   NULL\n(2 rows)\n',
    );
  });

  test('shards in their order', async () => {
    const sql = "select current_setting('port')::int - 5432 as shard from generate_series(1, 2)";
    const text = await printed([sql, '--mode', 'union', '--format', 'table'], servers.urls);
    expect(text.match(/\d+$/gm)).toEqual(['0', '0', '1', '1']);
  });

  test('what a command did', async () => {
    const options = ['--mode', 'union', '--format', 'table'];
    expect(await printed(['create table t (a int)', ...options], servers.urls)).toBe('CREATE\n');
    expect(await printed(['insert into t values (1), (2)', ...options], servers.urls)).toBe(
      'INSERT 4\n',
    );
  });
});
