import { type Cluster, startCluster } from '@millrace/embedded';
import { openConnection, type PostgresConnection } from '@millrace/postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CatalogQuery } from './ask-json.js';
import { type CheckReport, checkShards } from './check.js';
import { createHashPartitioner } from './partition-hash.js';
import { readTables, type TableOption } from './tables.js';

const NAMES = ['a', 'b', 'c'];

let cluster: Cluster;
let connections: PostgresConnection[];

beforeAll(async () => {
  cluster = await startCluster({ shards: NAMES.length });
  connections = await Promise.all(
    cluster.urls.map((url) =>
      openConnection({ url, connectTimeoutMs: 20_000, session: {}, readBytes: 0 }),
    ),
  );
});

afterEach(async () => {
  await run(
    'drop schema if exists app cascade; drop schema public cascade; create schema public; reset all',
  );
});

afterAll(async () => {
  await Promise.all((connections ?? []).map((connection) => connection.close()));
  await cluster?.stop();
});

/** Runs commands on every shard; `sql` may differ by the shard's index. */
async function run(sql: string | ((index: number) => string)): Promise<void> {
  await Promise.all(
    connections.map((connection, i) => connection.command(typeof sql === 'string' ? sql : sql(i))),
  );
}

function queryOf(index: number): CatalogQuery {
  return async (sql) => [[...(await connections[index]!.command(sql))]];
}

function check(
  tables: Record<string, TableOption>,
  {
    unlisted = 'refuse',
    queries = NAMES.map((_, i) => queryOf(i)),
  }: { unlisted?: 'refuse' | 'replicated'; queries?: readonly CatalogQuery[] } = {},
): Promise<CheckReport> {
  const shards = queries.map((query, i) => ({ name: NAMES[i]!, query }));
  return checkShards({ shards, tables: readTables(tables, shards.length), unlisted });
}

/** What was found, without the texts. */
function brief({ problems }: CheckReport): unknown[] {
  return problems.map(({ message: _message, ...what }) => what);
}

function messages({ problems }: CheckReport): string {
  return problems.map(({ message }) => message).join('\n');
}

/** Rows of the keys 1 to 60, each on the shard where hash partitioning has it. */
function hashed(type: 'int4' | 'text', index: number): string {
  const partition = createHashPartitioner([type], NAMES.length);
  const keys = Array.from({ length: 60 }, (_, i) => (type === 'int4' ? i + 1 : `k${i + 1}`));
  return keys
    .filter((key) => partition([key]) === index)
    .map((key) => `('${key}')`)
    .join(', ');
}

describe('shards that are alike', () => {
  test('have no problems', async () => {
    await run(
      (
        i,
      ) => `create schema app; create type mood as enum ('sad', 'happy'); create domain price as numeric(10, 2);
        create table flights (origin text, "Flight No" int, price price, mood mood);
        insert into flights values ('x${i}', 1, 2.5, 'sad'), ('x${i}', 2, 2.5, 'sad'), ('y${i}', 1, null, null);
        create table app."My Airports" (code text collate "C" primary key, r float8);
        insert into app."My Airports" select i::text, i / 3.0::float8 from generate_series(1, 100) i order by ${i === 0 ? 'i' : '-i'};
        create view seen as select * from flights;
        create table hashed (k int); insert into hashed values ${hashed('int4', i)};
        create table parts (k int, v int) partition by range (k);
        create table part_1 partition of parts for values from (0) to (1000); insert into parts values (${i}, 1), (${i + 10}, 1)`,
    );
    const report = await check({
      flights: { key: 'origin' },
      'app."My Airports"': 'replicated',
      hashed: { key: 'k', by: 'hash' },
      parts: { key: 'k', by: (k: number) => k % 10 },
    });
    expect(report).toEqual({ ok: true, problems: [] });
  });
});

describe('a shard that does not answer', () => {
  test('is named, and the others are checked', async () => {
    await run((i) => `create table t (k int); insert into t select ${i === 0 ? 1 : 2}`);
    const queries = [
      () => Promise.reject(new Error('connect ECONNREFUSED')),
      queryOf(1),
      queryOf(2),
    ];
    const report = await check({ t: { key: 'k' } }, { queries });
    expect(report.ok).toBe(false);
    expect(brief(report)).toEqual([
      { kind: 'unreachable', shards: ['a'] },
      { kind: 'placement', table: '"public"."t"', shards: ['b', 'c'] },
    ]);
    expect(messages(report)).toContain('a: connect ECONNREFUSED');
  });
});

describe('what surrounds the tables', () => {
  test('settings, enums and composites that differ are named', async () => {
    await run(
      (i) => `set timezone to ${i === 1 ? "'Asia/Tokyo'" : "'UTC'"};
        create type mood as enum (${i === 2 ? "'happy', 'sad'" : "'sad', 'happy'"});
        create type pair as (a ${i === 0 ? 'int' : 'text'}); create type lone${i} as enum ()`,
    );
    const report = await check({});
    expect(brief(report)).toEqual([
      { kind: 'setting', shards: ['b'] },
      { kind: 'type', shards: ['c'] },
      { kind: 'type', shards: ['a'] },
    ]);
    expect(messages(report)).toBe(
      [
        'TimeZone differs: UTC on a, c; Asia/Tokyo on b',
        "type public.mood differs: enum ('sad', 'happy') on a, b; enum ('happy', 'sad') on c",
        'type public.pair differs: composite (a integer) on a; composite (a text) on b, c',
      ].join('\n'),
    );
  });

  test('collations that differ are named', async () => {
    await run(
      (
        i,
      ) => `create collation loose (provider = icu, locale = 'und-u-ks-level1', deterministic = ${i === 1});
        create table t (k text collate loose)`,
    );
    const report = await check({ t: { key: 'k' } });
    expect(brief(report)).toEqual([
      { kind: 'setting', shards: ['b'] },
      { kind: 'column', table: '"public"."t"', column: 'k', shards: ['b'] },
    ]);
    expect(messages(report)).toMatch(
      /collation public\.loose differs: .* nondeterministic .* on a, c; .* on b/,
    );
  });
});

describe('tables and their columns', () => {
  test('that are missing, of other types or otherwise defined are named', async () => {
    await run(
      (
        i,
      ) => `create table t (k int ${i === 1 ? 'not null' : ''}, v ${i === 2 ? 'bigint' : 'int'}, w text ${i === 0 ? 'collate "C"' : ''});
        create table u (k int, ${i === 2 ? 'b int, a int' : 'a int, b int'});
        create table p (k int ${i === 0 ? '' : 'primary key'}, n numeric(${i === 1 ? 6 : 5}, 2));
        ${i === 1 ? 'create view s as select 1 as k' : 'create table s (k int)'};
        ${i === 2 ? '' : 'create table only_two (k int)'};
        create view seen as select k from t ${i === 1 ? 'where k > 0' : ''}; create table nobody_asks (k ${i === 0 ? 'int' : 'text'})`,
    );
    const tables = Object.fromEntries(
      ['t', 'u', 'p', 's', 'only_two', 'none'].map((name) => [name, { key: 'k' }]),
    );
    const report = await check({ ...tables, u: { key: 'dest' } });
    expect(brief(report)).toEqual([
      { kind: 'tables', table: 'none', shards: NAMES },
      { kind: 'tables', table: 'u', column: 'dest', shards: ['a', 'b'] },
      { kind: 'tables', table: 'only_two', shards: ['c'] },
      { kind: 'tables', table: 'u', column: 'dest', shards: ['c'] },
      { kind: 'column', table: '"public"."t"', column: 'k', shards: ['b'] },
      { kind: 'column', table: '"public"."t"', column: 'v', shards: ['c'] },
      { kind: 'column', table: '"public"."t"', column: 'w', shards: ['a'] },
      { kind: 'column', table: '"public"."p"', column: 'k', shards: ['a'] },
      { kind: 'column', table: '"public"."p"', column: 'n', shards: ['b'] },
      { kind: 'relation', table: '"public"."p"', shards: ['a'] },
      { kind: 'relation', table: '"public"."s"', shards: ['b'] },
      { kind: 'relation', table: '"public"."only_two"', shards: ['c'] },
      { kind: 'relation', table: '"public"."seen"', shards: ['b'] },
    ]);
    const text = messages(report);
    expect(text).toContain(
      '"public"."t": column \'v\' differs: integer as int4 on a, b; bigint as int8 on c',
    );
    expect(text).toContain('"public"."only_two" differs: table on a, b; missing on c');
    expect(text).not.toContain('nobody_asks');
  });

  test('that are not listed count where they are taken for replicated', async () => {
    await run((i) => `create table extra (k int); insert into extra values (${i === 0 ? 1 : 2})`);
    expect((await check({})).ok).toBe(true);
    expect(brief(await check({}, { unlisted: 'replicated' }))).toEqual([
      { kind: 'replicated', table: '"public"."extra"', shards: ['a'] },
    ]);
  });
});

describe('replicated tables', () => {
  test('with other rows are named, were they as many', async () => {
    await run(
      (
        i,
      ) => `create table few (r int, rr text); insert into few select g from generate_series(1, ${i === 1 ? 9 : 10}) g;
        create table same (r int, rr text); insert into same values (1, '${i === 2 ? 'x' : 'y'}'), (null, null)`,
    );
    const report = await check({ few: 'replicated', same: 'replicated' });
    expect(brief(report)).toEqual([
      { kind: 'replicated', table: '"public"."few"', shards: ['b'] },
      { kind: 'replicated', table: '"public"."same"', shards: ['c'] },
    ]);
    expect(messages(report)).toContain('10 rows on a, c; 9 rows on b');
  });

  test('that may not be read are named', async () => {
    await run(
      'create table secret (k int); create role reader_of_little; grant usage on schema public to reader_of_little',
    );
    await run((i) => (i === 1 ? 'set role reader_of_little' : 'select 1'));
    const report = await check({ secret: 'replicated' });
    await run('reset role; drop owned by reader_of_little; drop role reader_of_little');
    expect(brief(report)).toEqual([
      { kind: 'unreadable', table: '"public"."secret"', shards: ['b'] },
    ]);
    expect(messages(report)).toContain('permission denied');
  });
});

describe('sharded tables', () => {
  test('with rows of one key on several shards are named, with the keys', async () => {
    await run(
      (
        i,
      ) => `create table t (k text, n int); insert into t select 'k' || g, 1 from generate_series(${i * 10}, ${i * 10 + 10}) g;
        create table nulls (k int); insert into nulls values (${i === 1 ? 1 : 'null'});
        create table pairs (a int, b numeric); insert into pairs values (1, 1.${'0'.repeat(i)}), (${i}, 7)`,
    );
    const report = await check({
      t: { key: 'k' },
      nulls: { key: 'k' },
      pairs: { key: ['a', 'b'] },
    });
    expect(brief(report)).toEqual([
      { kind: 'placement', table: '"public"."t"', shards: ['a', 'b', 'c'] },
      { kind: 'placement', table: '"public"."nulls"', shards: ['a', 'c'] },
      { kind: 'placement', table: '"public"."pairs"', shards: ['a', 'b', 'c'] },
    ]);
    expect(messages(report)).toContain('keys ["k10"], ["k20"]');
    expect(messages(report)).toContain('key [null]');
    expect(messages(report)).toContain('key ["1", "1"]');
  });

  test.each(['int4', 'text'] as const)(
    'by hash of %s with rows where they do not belong are named',
    async (type) => {
      await run((i) => `create table t (k ${type}); insert into t values ${hashed(type, i)}`);
      expect((await check({ t: { key: 'k', by: 'hash' } })).problems).toEqual([]);
      await connections[2]?.command(`insert into t values ${hashed(type, 0)}, (null)`);
      const report = await check({ t: { key: 'k', by: 'hash' } });
      expect(brief(report)).toEqual([{ kind: 'placement', table: '"public"."t"', shards: ['c'] }]);
      expect(messages(report)).toMatch(
        /lie on c, and not where tables\.t\.by places them: keys .* in all\)/,
      );
    },
  );

  test('by a list, a range or a function with rows where they do not belong are named', async () => {
    await run((i) => `create table t (k int); insert into t values (${i}), (${i + 3})`);
    const lists = {
      list: [
        [0, 3],
        [1, 4],
        [2, 5],
      ],
    };
    const ranges = {
      range: [
        [0, 1],
        [1, 2],
        [2, 6],
      ],
    } as const;
    expect((await check({ t: { key: 'k', by: lists } })).problems).toEqual([]);
    expect((await check({ t: { key: 'k', by: (k: number) => k % 3 } })).problems).toEqual([]);
    expect(messages(await check({ t: { key: 'k', by: ranges } }))).toMatch(
      /lie on a, .* key \["3"\]\n.*lie on b, .* key \["4"\]$/,
    );
    expect(brief(await check({ t: { key: 'k', by: (k: number) => (k + 1) % 3 } }))).toHaveLength(3);
    expect(messages(await check({ t: { key: 'k', by: (k: number) => k } }))).toContain(
      'gave 3 for the key 3',
    );
  });

  test('whose collation has equal texts of different bytes are compared by its equality', async () => {
    await run(
      (
        i,
      ) => `create collation loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
        create table t (k text collate loose); insert into t values ('${['Ab', 'aB', 'x'][i]}')`,
    );
    expect(brief(await check({ t: { key: 'k' } }))).toEqual([
      { kind: 'placement', table: '"public"."t"', shards: ['a', 'b'] },
    ]);
  });
});
