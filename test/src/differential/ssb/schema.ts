/** The tables of the Star Schema Benchmark (O'Neil et al., revision 3), filled by a deterministic generator in SQL. */
import type { ConnectOptions } from '@millrace/engine';

export const SSB_TABLES: NonNullable<ConnectOptions['tables']> = {
  lineorder: { key: 'lo_orderkey' },
  customer: 'replicated',
  supplier: 'replicated',
  part: 'replicated',
  date: 'replicated',
};

const SCHEMA = `
create table customer (c_custkey int primary key, c_name varchar(25), c_address varchar(25), c_city char(10),
  c_nation char(15), c_region char(12), c_phone char(15), c_mktsegment char(10));
create table supplier (s_suppkey int primary key, s_name char(25), s_address varchar(25), s_city char(10),
  s_nation char(15), s_region char(12), s_phone char(15));
create table part (p_partkey int primary key, p_name varchar(22), p_mfgr char(6), p_category char(7), p_brand1 char(9),
  p_color varchar(11), p_type varchar(25), p_size int, p_container char(10));
create table date (d_datekey int primary key, d_date char(18), d_dayofweek char(9), d_month char(9), d_year int,
  d_yearmonthnum int, d_yearmonth char(7), d_daynuminweek int, d_daynuminmonth int, d_daynuminyear int,
  d_monthnuminyear int, d_weeknuminyear int, d_sellingseason varchar(12), d_holidayfl boolean, d_weekdayfl boolean);
create table lineorder (lo_orderkey bigint, lo_linenumber int, lo_custkey int, lo_partkey int, lo_suppkey int,
  lo_orderdate int, lo_orderpriority char(15), lo_shippriority char(1), lo_quantity int, lo_extendedprice int,
  lo_ordtotalprice int, lo_discount int, lo_revenue int, lo_supplycost int, lo_tax int, lo_commitdate int,
  lo_shipmode char(10), primary key (lo_orderkey, lo_linenumber));
-- A number below n that looks random, the same every time.
create function rnd(seed text, n int) returns int language sql immutable
  as $$ select ((hashtextextended($1, 42) & 9007199254740991) % $2)::int $$;
create table place as select i as place_i, nation, region from (values (0,'UNITED STATES','AMERICA'),(1,'BRAZIL','AMERICA'),
  (2,'CHINA','ASIA'),(3,'JAPAN','ASIA'),(4,'UNITED KINGDOM','EUROPE'),(5,'FRANCE','EUROPE'),(6,'KENYA','AFRICA'))
  p(i, nation, region);
`;

const ROWS = `
insert into customer select i, 'Customer#' || i, 'address ' || i, rpad(left(nation, 9), 9) || rnd('cc' || i, 3), nation,
  region, '555-' || i, (array['AUTOMOBILE','BUILDING'])[1 + i % 2]
  from generate_series(1, 120) i join place p on p.place_i = rnd('c' || i, 7);
insert into supplier select i, 'Supplier#' || i, 'address ' || i, rpad(left(nation, 9), 9) || rnd('sc' || i, 3), nation,
  region, '555-' || i from generate_series(1, 60) i join place p on p.place_i = rnd('s' || i, 7);
insert into part select i, 'part ' || i, 'MFGR#' || m, 'MFGR#' || m || c, 'MFGR#' || m || c || b, 'red', 'SMALL BRASS',
  1 + i % 50, 'SM BOX' from (select i, 1 + rnd('m' || i, 3) as m, 1 + rnd('k' || i, 3) as c,
    20 + rnd('b' || i, 10) as b from generate_series(1, 150) i) p;
insert into date select to_char(d, 'YYYYMMDD')::int, to_char(d, 'FMMonth DD, YYYY'), to_char(d, 'FMDay'),
  to_char(d, 'FMMonth'), extract(year from d), to_char(d, 'YYYYMM')::int, to_char(d, 'MonYYYY'),
  extract(dow from d) + 1, extract(day from d), extract(doy from d), extract(month from d),
  (extract(doy from d)::int - 1) / 7 + 1, 'Summer', false, extract(dow from d) between 1 and 5
  from generate_series(date '1992-01-01', date '1998-12-31', interval '1 day') d;
insert into lineorder select o, l, 1 + rnd('lc' || o, 120), 1 + rnd('lp' || o || l, 150), 1 + rnd('ls' || o || l, 60),
  to_char(date '1992-01-01' + rnd('ld' || o, 2500), 'YYYYMMDD')::int, '1-URGENT', '0', 1 + rnd('lq' || o || l, 50),
  price, price * 3, discount, price * (100 - discount) / 100, 50000 + rnd('lk' || o || l, 20000), 1 + rnd('lt' || o, 8),
  19980101, 'MAIL'
  from generate_series(1, 2500) o, generate_series(1, 4) l, lateral (select 100000 + rnd('le' || o || l, 400000) as price,
    rnd('li' || o || l, 11) as discount) x;
`;

export const SSB_SETUP: string = `${SCHEMA}${ROWS}analyze;`;
