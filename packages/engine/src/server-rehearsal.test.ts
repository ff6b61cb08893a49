import { type Cluster, startCluster } from '@millrace/embedded';
import { openConnection, type PostgresConnection } from '@millrace/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rehearsalSql } from './server-rehearsal.js';
import { readCatalog } from './topology/read-catalog.js';

/** Tables of ordinary and of odd columns, and of none. */
const SCHEMA = `
create schema "Odd ""Schema"; create type mood as enum ('sad', 'happy');
create domain price as numeric(10, 2); create domain label as text collate "C";
create table ordinary (
  id bigint primary key, i int, s smallint, n numeric(12, 4), f real, d double precision, b boolean, t text,
  v varchar(20), c char(3), day date, clock time, at timestamp, atz timestamptz, u uuid, more text, price price, label label
);
create table odd (
  j json, jb jsonb, x xml, p point, m mood, ints int[], iv interval, raw bytea, money money, net inet, bits bit(3), ts tsvector
);
create table "Odd ""Schema"."T""x" ("select" int, "a.b" text);
create table nothing ();
create view seen as select id, t from ordinary;`;

let cluster: Cluster;
let connection: PostgresConnection;

beforeAll(async () => {
  cluster = await startCluster({ shards: 1 });
  const url = cluster.urls[0] as string;
  connection = await openConnection({ url, connectTimeoutMs: 20_000, session: {}, readBytes: 0 });
  await connection.command(SCHEMA);
});
afterAll(async () => {
  await connection?.close();
  await cluster?.stop();
});

test('a server accepts what it is asked of any table', async () => {
  const catalog = await readCatalog(async (sql) => [[...(await connection.command(sql))]]);
  expect(catalog.userRelations.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['ordinary', 'odd', 'T"x', 'nothing', 'seen']),
  );
  for (const relation of catalog.userRelations) {
    const { columns } = await connection.describe(rehearsalSql(relation));
    expect(columns.length, relation.name).toBeGreaterThan(0);
  }
});

test('it is asked once for each type', async () => {
  const catalog = await readCatalog(async (sql) => [[...(await connection.command(sql))]]);
  const sql = rehearsalSql(catalog.relation(undefined, 'ordinary') as never);
  expect(sql).toMatch(/sum\("n"\).*avg\("n"\).*"n" >= 1 .*GROUP BY .* ORDER BY/);
  expect(sql).toContain('max("t")');
  expect(sql).not.toContain('"more"');
});
