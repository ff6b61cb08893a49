/** Small tables with one of everything: sharded by several kinds of key, replicated, in another schema, with odd names. */
import type { ConnectOptions } from '@millrace/engine';

export const RULES_TABLES: NonNullable<ConnectOptions['tables']> = {
  event: { key: 'k' },
  item: { key: 'k' },
  visit: { key: 'v' },
  pair: { key: ['a', 'b'] },
  account: { key: 'u' },
  word: { key: 'w' },
  vacant: { key: 'k' },
  special: { key: 'id' },
  '"Odd Schema"."Odd Table"': { key: 'Odd Key' },
  place: 'replicated',
  kind: 'replicated',
  mark: 'replicated',
};

/** A locale of the C library's that the machine has: glibc's own one, or the least. */
const HOST_LOCALE = process.platform === 'linux' ? 'C.UTF-8' : 'C';

const TYPES = `
create schema "Odd Schema";
create type mood as enum ('sad', 'ok', 'happy');
create domain score as int check (value >= 0);
create type spot as (x int, y text);
create collation hosts (provider = libc, locale = '${HOST_LOCALE}');
create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create collation german (provider = icu, locale = 'de-DE');
-- A number below n that looks random, the same every time.
create function rnd(seed text, n int) returns int language sql immutable
  as $$ select ((hashtextextended($1, 42) & 9007199254740991) % $2)::int $$;
`;

const TABLES = `
create table event (id int primary key, k int, g text, n numeric, m numeric(10,2), x int, s smallint, b bigint,
  f float8, r float4, t text, d date, ts timestamptz, u uuid, flag bool, mood mood, rank score, tags text[], j jsonb,
  span int4range, c char(6), iv interval, raw bytea);
insert into event select i, nullif(rnd('k' || i, 20), 0), (array['a','b','c','d',null])[1 + rnd('g' || i, 5)],
  case when rnd('nn' || i, 9) > 0 then rnd('n' || i, 100000)::numeric / (array[1, 10, 1000])[1 + rnd('nd' || i, 3)] end,
  case when rnd('mn' || i, 9) > 0 then (rnd('m' || i, 20000) - 10000) / 100.0 end,
  case when rnd('xn' || i, 7) > 0 then rnd('x' || i, 50) - 25 end, rnd('s' || i, 100),
  9007199254740993 + rnd('b' || i, 5), (rnd('f' || i, 100000) - 50000) / 7.0::float8, rnd('r' || i, 1000) / 3.0,
  (array['Äpfel','apfel','Apfel','zebra','Zebra','öl','', ' b','b','B'])[1 + rnd('t' || i, 10)] || rnd('tt' || i, 3),
  date '2020-01-01' + rnd('d' || i, 400), timestamptz '2020-01-01 00:00:00.123456+00' + rnd('ts' || i, 9999) * interval '1 hour',
  md5('u' || rnd('u' || i, 30))::uuid, (array[true,false,null])[1 + rnd('fl' || i, 3)],
  (array['sad','ok','happy',null])[1 + rnd('mo' || i, 4)]::mood, rnd('rk' || i, 5),
  case rnd('ta' || i, 4) when 0 then '{}' when 1 then array['x', null] when 2 then array['x','y'] end,
  case rnd('j' || i, 4) when 0 then '{"a": 1}' when 1 then '{"b": [1, 2.50], "a": null}' when 2 then '3.0' end::jsonb,
  case rnd('sp' || i, 4) when 0 then 'empty' when 1 then '[1,5)' when 2 then '(,7)' end::int4range,
  (array['ab','ab ','cd',''])[1 + rnd('c' || i, 4)], rnd('iv' || i, 100) * interval '1 hour 30 minutes',
  decode(md5('w' || rnd('w' || i, 9)), 'hex')
  from generate_series(1, 240) i;
create table item (id int primary key, k int, p int not null, q int, price numeric(12,3), label text);
insert into item select i, nullif(rnd('ik' || i, 23), 0), rnd('ip' || i, 9), nullif(rnd('iq' || i, 8), 3),
  rnd('pr' || i, 100000) / 1000.0, 'label ' || rnd('il' || i, 12) from generate_series(1, 180) i;
create table visit (id int primary key, v bigint, k int, p int, at timestamp, score float8);
insert into visit select i, rnd('vv' || i, 40), nullif(rnd('vk' || i, 25), 1), nullif(rnd('vp' || i, 12), 2),
  timestamp '2021-03-01' + i * interval '7 minutes', rnd('vs' || i, 1000) / 10.0 from generate_series(1, 150) i;
create table pair (a int, b text, v int, w numeric, primary key (a, b));
insert into pair select i % 12, 'b' || i / 12, rnd('pv' || i, 40), rnd('pw' || i, 400) / 8.0 from generate_series(0, 95) i;
create table account (u uuid primary key, owner text, balance numeric, opened date);
insert into account select md5('u' || i)::uuid, 'owner ' || i % 7, rnd('ab' || i, 100000) / 100.0 - 300,
  date '2019-06-01' + i from generate_series(0, 39) i;
create table word (w text, lang text collate german, folded text collate nocase, n int, host text collate hosts);
insert into word select (array['Straße','strasse','Zoo','zoo','apfel','Äpfel','ÄPFEL','Ähre','ähre','eins'])[1 + i % 10],
  (array['ö','o','O','z','Z','ä','a','ss','ß'])[1 + rnd('wl' || i, 9)],
  (array['Abc','abc','ABC','xyz','Xyz',null])[1 + rnd('wf' || i, 6)], i % 17,
  (array['b','B','é','zz','ß','😀',''])[1 + rnd('wh' || i, 7)] from generate_series(1, 120) i;
create table vacant (id int primary key, k int, x int, n numeric, f float8, t text);
create table place (p int primary key, name text not null, region text, size numeric);
insert into place select i, 'place ' || i, (array['north','south',null])[1 + i % 3], i * 1.5 from generate_series(0, 29) i;
create table kind (g text primary key, title text);
create table mark (a int, b text collate nocase, n numeric, f float8, c bpchar, iv interval, j json);
insert into mark values (1, 'Abc', '1.0', '-0', 'ab', '1 mon', '{"a": 1}'), (1, 'abc', '1.00', '0', 'ab ', '30 days', '{"a" : 1}'),
  (1, 'abc', '1.00', '0', 'ab ', '30 days', '{"a" : 1}'), (null, null, null, null, null, null, null),
  (null, null, null, null, null, null, null), (null, 'xyz', 'NaN', 'NaN', 'abc', '720:00', '{"a": 7}'),
  (4, 'ABC', '2.5', 'Infinity', '', '1 day', null), (-3, 'aBC', '0', '1e16', null, '24:00', '{"a": -3}'),
  (99, 'none', '1000', '3', 'x', '0', '{"a": 99}'), (0, '', '0.000', '-1e16', 'y  ', null, '{}'), (7, 'Xyz', null, '1', 'x', null, '[]');
insert into kind values ('a', 'alpha'), ('b', 'beta'), ('c', 'gamma'), ('e', 'nobody');
`;

const SPECIAL = `
create table special (id int primary key, g int, f float8, r float4, n numeric, d date, ts timestamp, iv interval,
  c bpchar(5), j jsonb, b bigint, net inet);
insert into special values
  (1, 1, '-0', '-0', '1.0', 'infinity', '-infinity', '1 mon', 'ab', '{"a":1,"b":2}', 9223372036854775807, '10.0.0.1'),
  (2, 1, '0', '0', '1.00', '-infinity', 'infinity', '30 days', 'ab ', '{"b":2,"a":1}', 9223372036854775807, '10.0.0.1/8'),
  (3, 2, 'NaN', 'NaN', 'NaN', '0044-03-15 BC', '0044-03-15 10:00 BC', '720:00:00', 'abc', '1', -9223372036854775808, '::1'),
  (4, 2, 'NaN', 'NaN', 'NaN', '2020-02-29', '2020-02-29 23:59:59.999999', null, '', '1.0', 9007199254740993, null),
  (5, 3, 'Infinity', 'Infinity', 'Infinity', '5874897-12-31', '294276-12-31', '-1 day', null, 'null', 9007199254740992, '10.0.0.2'),
  (6, 3, '-Infinity', '-Infinity', '-Infinity', '4713-01-01 BC', '4713-01-01 BC', '-24:00', ' a', '[1]', 0, '10.0.0.1'),
  (7, 4, 1e16, 1e7, ('1' || repeat('0', 999))::numeric, '2020-01-01', '2020-01-01', '1 day', 'x', '"x"', 1, '10.0.0.1'),
  (8, 4, 1, 1, ('-' || repeat('9', 500) || '.' || repeat('3', 400))::numeric, '2020-01-01', '2020-01-01', '0', 'x', '[]', 2, null),
  (9, 4, -1e16, -1e7, '0.000', '2020-01-01', '2020-01-01', '1 day', 'y', '{}', 3, null),
  (10, 5, null, null, null, null, null, null, null, null, null, null);
create table "Odd Schema"."Odd Table" ("Odd Key" int, "select" text, "a""b" int);
insert into "Odd Schema"."Odd Table" select i % 9, 'row ' || i % 4, i from generate_series(1, 50) i;
`;

const VIEWS = `
create view busy as select k, count(*) as events, sum(m) as total from event group by k;
create view north as select e.id, e.k, e.x, p.name from event e join place p on p.p = e.x where p.region = 'north';
create view everything as select id, k from event union all select id, k from item;
create view by_group as select g, avg(n) as mean, count(*) as c from event group by g;
create function twice(int) returns int language sql immutable as $$ select $1 * 2 $$;
create function today_is() returns date language sql stable as $$ select current_date $$;
create aggregate product (numeric) (sfunc = numeric_mul, stype = numeric);
`;

export const RULES_SETUP: string = `${TYPES}${TABLES}${SPECIAL}${VIEWS}analyze;`;
