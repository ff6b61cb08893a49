import { type Cluster, startCluster } from '@millrace/embedded';
import { openConnection, type PostgresConnection } from '@millrace/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CatalogQuery } from './ask-json.js';
import type { Catalog, CatalogColumn } from './catalog.js';
import { readCatalog } from './read-catalog.js';

const SCHEMA = `
create schema app; create schema "Odd ""Schema";
create type mood as enum ('sad', 'happy');
create type app.pair as (a int, b text);
create domain price as numeric(10, 2) not null;
create domain app.discount as price check (value < 100);
create domain app.code as text collate "C";
create collation app.loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
create table flights (origin text, "Flight No" int not null, delay int);
create table app."My Table" (
  id bigint, part int, mood mood, pair app.pair, reduced app.discount, code app.code, prices price[],
  gone text, c text collate "C", posix varchar(20) collate "POSIX", icu text collate "en-x-icu",
  loose text collate app.loose, basic text collate ucs_basic, label name,
  total int generated always as (part * 2) stored, cut char(5), at timestamptz(3),
  primary key (part, id)
);
alter table app."My Table" drop column gone;
create table later (id int primary key deferrable, n int);
create view app.seen as select m.mood, m.total, f.delay, app.half(m.part) as half
  from app."My Table" m join flights f on f."Flight No" = m.part where m.mood = 'sad';
create materialized view kept as select count(*) as n from flights;
create table "Odd ""Schema"."T""x" ("K" int);
create table parts (k int, v text) partition by list (k);
create table parts_1 partition of parts for values in (1);
create table app.parts_2 partition of parts for values in (2) partition by range (v);
create table app.parts_2_a partition of app.parts_2 for values from (minvalue) to ('m');
create sequence counter;
create index on flights (origin);
insert into parts select 1, 'x' from generate_series(1, 30);
insert into parts select 2, 'a' from generate_series(1, 12);
analyze parts_1, app.parts_2_a;
create table shadow (a int); create table app.shadow (b int);
create temporary table shadow (c int); create temporary table only_temporary (c int);
create function twice(int) returns int language sql immutable strict as 'select $1 * 2';
create function twice(text) returns setof text language sql stable as 'select $1 union all select $1';
create function app.twice(float8) returns float8 language sql volatile strict as 'select $1 * 2';
create function app.abs(text) returns text language sql volatile as 'select $1';
create procedure nothing() language sql as 'select 1';
create aggregate app.many(int) (sfunc = int4pl, stype = int4);
`;

let cluster: Cluster;
let connection: PostgresConnection;
let catalog: Catalog;
let queries: string[];

const query: CatalogQuery = async (sql) => {
  queries.push(sql);
  return [[...(await connection.command(sql))]];
};

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
  connection = await openConnection({
    url: cluster.urls[0]!,
    connectTimeoutMs: 20_000,
    session: {},
    readBytes: 0,
  });
  // The view is made before the function is: it is not checked, as a dump restores it.
  await connection.command(
    `create schema if not exists app; create function app.half(int) returns int language sql as 'select $1 / 2'`,
  );
  await connection.command(SCHEMA.replace('create schema app;', ''));
  queries = [];
  catalog = await readCatalog(query);
});

afterAll(async () => {
  await connection?.close();
  await cluster?.stop();
});

function columnOf(name: string, schema = 'app', table = 'My Table'): CatalogColumn | undefined {
  return catalog.relation(schema, table)?.columns.find((column) => column.name === name);
}

/** What a server with this search path makes of the names. */
async function catalogUnder(searchPath: string): Promise<Catalog> {
  await connection.command(`set search_path to ${searchPath}`);
  try {
    return await readCatalog(query);
  } finally {
    await connection.command('reset search_path');
  }
}

describe('columns', () => {
  test('are those that are there, in their order, with types fit for a cast', () => {
    const columns = catalog.relation('app', 'My Table')?.columns ?? [];
    expect(
      columns.map(({ name, typeName, internalType }) => [name, typeName, internalType]),
    ).toEqual([
      ['id', 'bigint', 'int8'],
      ['part', 'integer', 'int4'],
      ['mood', 'public.mood', 'mood'],
      ['pair', 'app.pair', 'pair'],
      ['reduced', 'app.discount', 'numeric'],
      ['code', 'app.code', 'text'],
      ['prices', 'public.price[]', '_price'],
      ['c', 'text', 'text'],
      ['posix', 'character varying(20)', 'varchar'],
      ['icu', 'text', 'text'],
      ['loose', 'text', 'text'],
      ['basic', 'text', 'text'],
      ['label', 'name', 'name'],
      ['total', 'integer', 'int4'],
      ['cut', 'character(5)', 'bpchar'],
      ['at', 'timestamp(3) with time zone', 'timestamptz'],
    ]);
  });

  test('of a domain over a domain have its own number, and the modifier that a result shows', async () => {
    const column = columnOf('reduced');
    const sql = `select ('app.discount'::regtype)::oid::text`;
    expect([String(column?.typeOid)]).toEqual(await connection.command(sql));
    const { columns } = await connection.describe('select reduced from app."My Table"');
    expect(column?.typeModifier).toBe(columns[0]?.dataTypeModifier);
    expect(column?.typeModifier).toBe(((10 << 16) | 2) + 4);
  });

  test('say whether they may be NULL and whether they are computed', () => {
    expect(columnOf('id')).toMatchObject({ notNull: true, generated: false });
    expect(columnOf('total')).toMatchObject({ notNull: false, generated: true });
    expect(columnOf('Flight No', 'public', 'flights')?.notNull).toBe(true);
    // A domain's NOT NULL does not keep NULLs out of every column.
    expect(columnOf('reduced')?.notNull).toBe(false);
  });

  test('say how their texts compare', () => {
    const names = ['id', 'code', 'c', 'posix', 'icu', 'loose', 'basic', 'label', 'cut'];
    const shown = names.map((name) => {
      const { collation, byteOrder, deterministic } = columnOf(name) ?? {};
      return [name, collation, byteOrder, deterministic];
    });
    expect(shown).toEqual([
      ['id', undefined, true, true],
      ['code', '"pg_catalog"."C"', true, true],
      ['c', '"pg_catalog"."C"', true, true],
      ['posix', '"pg_catalog"."POSIX"', true, true],
      ['icu', '"pg_catalog"."en-x-icu"', false, true],
      ['loose', '"app"."loose"', false, false],
      ['basic', '"pg_catalog"."ucs_basic"', true, true],
      ['label', '"pg_catalog"."C"', true, true],
      ['cut', undefined, catalog.defaultCollationByteOrder, true],
    ]);
  });

  test('with a NOT NULL that was not validated may hold NULLs', async () => {
    await connection.command(
      'create table lax (a int); insert into lax values (null); alter table lax add constraint n not null a not valid',
    );
    const { columns } = (await readCatalog(query)).relation(undefined, 'lax') ?? {};
    expect(columns?.map(({ notNull }) => notNull)).toEqual([false]);
  });
});

describe('relations', () => {
  test.each([
    ['public', 'flights', 'table'],
    ['app', 'seen', 'view'],
    ['public', 'kept', 'materialized view'],
    ['public', 'parts', 'partitioned table'],
    ['app', 'parts_2', 'partitioned table'],
    ['public', 'counter', 'sequence'],
    ['Odd "Schema', 'T"x', 'table'],
  ])('%s.%s is a %s', (schema, name, kind) => {
    expect(catalog.relation(schema, name)).toMatchObject({ schema, name, kind, isSystem: false });
  });

  test('are not indexes, types or what is not there', () => {
    for (const name of ['flights_origin_idx', 'pair', 'none', 'toString', '__proto__'])
      expect(catalog.relation(undefined, name) ?? catalog.relation('app', name)).toBeUndefined();
    expect(catalog.relation('nowhere', 'flights')).toBeUndefined();
  });

  test('have their primary key in its own order; one that may be violated for a while is none', () => {
    expect(catalog.relation('app', 'My Table')?.primaryKey).toEqual(['part', 'id']);
    expect(catalog.relation('public', 'flights')?.primaryKey).toBeUndefined();
    expect(catalog.relation('public', 'later')?.primaryKey).toBeUndefined();
  });

  test('that are partitions name their table, whose rows are those of its parts', () => {
    expect(catalog.relation('public', 'parts')?.partitionOf).toBeUndefined();
    expect(catalog.relation('public', 'parts_1')?.partitionOf).toEqual({
      schema: 'public',
      name: 'parts',
    });
    expect(catalog.relation('app', 'parts_2_a')?.partitionOf).toEqual({
      schema: 'app',
      name: 'parts_2',
    });
    expect(catalog.relation('public', 'parts_1')?.estimatedRows).toBe(30);
    expect(catalog.relation('public', 'parts')?.estimatedRows).toBe(42);
    expect(catalog.relation('public', 'flights')?.estimatedRows).toBe(-1);
  });

  test('of the system are known with their columns', () => {
    expect(catalog.relation(undefined, 'pg_class')).toMatchObject({
      isSystem: true,
      kind: 'table',
    });
    const names = catalog.relation('information_schema', 'tables')?.columns.map(({ name }) => name);
    expect(names?.slice(0, 3)).toEqual(['table_catalog', 'table_schema', 'table_name']);
    expect(catalog.relation(undefined, 'pg_stat_activity')?.definition).toBeUndefined();
  });
});

describe('names', () => {
  test('are looked up along the search path, in pg_catalog first, and not among temporary relations', async () => {
    expect(catalog.searchPath).toEqual(['pg_catalog', 'public']);
    expect(catalog.relation(undefined, 'shadow')?.columns[0]?.name).toBe('a');
    expect(catalog.relation(undefined, 'only_temporary')).toBeUndefined();
    expect(catalog.relation(undefined, 'My Table')).toBeUndefined();
    const other = await catalogUnder('nowhere, app, public');
    expect(other.searchPath).toEqual(['pg_catalog', 'app', 'public']);
    expect(other.relation(undefined, 'shadow')?.columns[0]?.name).toBe('b');
    expect(other.relation(undefined, 'My Table')?.schema).toBe('app');
    await connection.command('create table pg_class (mine int)');
    expect((await readCatalog(query)).relation(undefined, 'pg_class')?.schema).toBe('pg_catalog');
    const last = await catalogUnder('public, pg_catalog, pg_temp');
    expect(last.searchPath).toEqual(['public', 'pg_catalog']);
    expect(last.relation(undefined, 'pg_class')?.schema).toBe('public');
    await connection.command('drop table public.pg_class');
  });
});

describe('view definitions', () => {
  test('mean the same under any search path, and end without a semicolon', async () => {
    const { definition } = catalog.relation('app', 'seen') ?? {};
    expect(definition).not.toMatch(/;\s*$/);
    const under = await catalogUnder('app, public');
    expect(under.relation('app', 'seen')?.definition).toBe(definition);
    await connection.command('set search_path to nowhere');
    await connection.command(`select * from (${definition}) v`);
    await connection.command('reset search_path');
    expect(catalog.relation(undefined, 'kept')?.definition).toContain('public.flights');
    expect(catalog.relation(undefined, 'flights')?.definition).toBeUndefined();
  });

  test('are read without a trace in the session or in its transaction', async () => {
    await connection.command('set search_path to app, public');
    expect(await connection.command('show search_path')).toEqual(['app, public']);
    await readCatalog(query);
    expect(await connection.command('show search_path')).toEqual(['app, public']);
    await connection.command('begin read only');
    await readCatalog(query);
    expect(await connection.command('show search_path')).toEqual(['app, public']);
    await connection.command('commit');
    await connection.command('reset search_path');
  });
});

describe('functions', () => {
  test('of one name are taken together, over all schemas in the search path', async () => {
    const twice = { isAggregate: false, isWindow: false, userDefined: true };
    expect(catalog.function(undefined, 'twice')).toEqual({
      ...twice,
      volatility: 'stable',
      returnsSet: true,
      strict: false,
    });
    expect(catalog.function('app', 'twice')).toEqual({
      ...twice,
      volatility: 'volatile',
      returnsSet: false,
      strict: true,
    });
    expect((await catalogUnder('public, app')).function(undefined, 'twice')?.volatility).toBe(
      'volatile',
    );
  });

  test.each([
    ['abs', { volatility: 'immutable', strict: true, userDefined: false, isAggregate: false }],
    ['now', { volatility: 'stable' }],
    ['random', { volatility: 'volatile' }],
    ['nextval', { volatility: 'volatile' }],
    ['count', { isAggregate: true, isWindow: false }],
    ['rank', { isAggregate: true, isWindow: true }],
    ['row_number', { isAggregate: false, isWindow: true }],
    ['generate_series', { returnsSet: true }],
    ['concat', { volatility: 'stable', strict: false }],
  ])('%s', (name, properties) => {
    expect(catalog.function(undefined, name)).toMatchObject(properties);
    expect(catalog.function('pg_catalog', name)).toMatchObject(properties);
  });

  test('of users count beside those of the system where the search path has both', async () => {
    expect((await catalogUnder('app')).function(undefined, 'abs')).toMatchObject({
      volatility: 'volatile',
      userDefined: true,
      strict: false,
    });
    expect(catalog.function('app', 'many')).toMatchObject({ isAggregate: true, userDefined: true });
  });

  test('are not procedures, or what is not there', () => {
    expect(catalog.function(undefined, 'nothing')).toBeUndefined();
    expect(catalog.function(undefined, 'toString')).toBeUndefined();
  });
});

describe('reading', () => {
  test("asks for the system's own objects once, later for users' objects only", async () => {
    expect(queries.length).toBeGreaterThanOrEqual(2);
    queries = [];
    await readCatalog(query);
    expect(queries.length).toBe(1);
  });

  test("knows the server's version and how its texts compare", async () => {
    expect([String(catalog.serverVersion)]).toEqual(
      await connection.command('show server_version_num'),
    );
    expect(catalog.defaultCollationByteOrder).toBe(true);
  });

  test('needs no rights but to connect', async () => {
    await connection.command('create role nobody_much; set role nobody_much');
    const seen = (await readCatalog(query)).relation('app', 'My Table');
    await connection.command('reset role');
    expect(seen).toEqual(catalog.relation('app', 'My Table'));
  });
});
