/** The eight tables of TPC-H (its specification, revision 3, section 1.4), filled by a deterministic generator in SQL. */
import type { ConnectOptions } from '@millrace/engine';

export const TPCH_TABLES: NonNullable<ConnectOptions['tables']> = {
  lineitem: { key: 'l_orderkey' },
  orders: { key: 'o_orderkey' },
  customer: 'replicated',
  supplier: 'replicated',
  part: 'replicated',
  partsupp: 'replicated',
  nation: 'replicated',
  region: 'replicated',
};

const SCHEMA = `
create table region (r_regionkey int primary key, r_name char(25) not null, r_comment varchar(152));
create table nation (n_nationkey int primary key, n_name char(25) not null, n_regionkey int not null,
  n_comment varchar(152));
create table supplier (s_suppkey int primary key, s_name char(25) not null, s_address varchar(40) not null,
  s_nationkey int not null, s_phone char(15) not null, s_acctbal decimal(15,2) not null,
  s_comment varchar(101) not null);
create table customer (c_custkey int primary key, c_name varchar(25) not null, c_address varchar(40) not null,
  c_nationkey int not null, c_phone char(15) not null, c_acctbal decimal(15,2) not null,
  c_mktsegment char(10) not null, c_comment varchar(117) not null);
create table part (p_partkey int primary key, p_name varchar(55) not null, p_mfgr char(25) not null,
  p_brand char(10) not null, p_type varchar(25) not null, p_size int not null, p_container char(10) not null,
  p_retailprice decimal(15,2) not null, p_comment varchar(23) not null);
create table partsupp (ps_partkey int not null, ps_suppkey int not null, ps_availqty int not null,
  ps_supplycost decimal(15,2) not null, ps_comment varchar(199) not null, primary key (ps_partkey, ps_suppkey));
create table orders (o_orderkey bigint primary key, o_custkey int not null, o_orderstatus char(1) not null,
  o_totalprice decimal(15,2) not null, o_orderdate date not null, o_orderpriority char(15) not null,
  o_clerk char(15) not null, o_shippriority int not null, o_comment varchar(79) not null);
create table lineitem (l_orderkey bigint not null, l_partkey int not null, l_suppkey int not null,
  l_linenumber int not null, l_quantity decimal(15,2) not null, l_extendedprice decimal(15,2) not null,
  l_discount decimal(15,2) not null, l_tax decimal(15,2) not null, l_returnflag char(1) not null,
  l_linestatus char(1) not null, l_shipdate date not null, l_commitdate date not null,
  l_receiptdate date not null, l_shipinstruct char(25) not null, l_shipmode char(10) not null,
  l_comment varchar(44) not null, primary key (l_orderkey, l_linenumber));
-- A number below n that looks random, the same every time.
create function rnd(seed text, n bigint) returns bigint language sql immutable
  as $$ select ((hashtextextended($1, 42) & 9007199254740991) % $2) $$;
create function one_of(seed text, variadic words text[]) returns text language sql immutable
  as $$ select words[1 + rnd(seed, array_length(words, 1))] $$;
`;

const COLORS = `'almond','antique','azure','beige','blue','brown','chocolate','cream','forest','green','ivory','lemon'`;

const SMALL_TABLES = `
insert into region select i - 1, n, 'region ' || i from unnest(array['AFRICA','AMERICA','ASIA','EUROPE','MIDDLE EAST'])
  with ordinality r(n, i);
insert into nation select i - 1, n, (array[0,1,1,1,4,0,3,3,2,2,4,4,2,4,0,0,0,1,2,3,4,2,3,3,1])[i], 'nation ' || i
  from unnest(array['ALGERIA','ARGENTINA','BRAZIL','CANADA','EGYPT','ETHIOPIA','FRANCE','GERMANY','INDIA','INDONESIA',
    'IRAN','IRAQ','JAPAN','JORDAN','KENYA','MOROCCO','MOZAMBIQUE','PERU','CHINA','ROMANIA','SAUDI ARABIA','VIETNAM',
    'RUSSIA','UNITED KINGDOM','UNITED STATES']) with ordinality n(n, i);
insert into supplier select i, 'Supplier#' || lpad(i::text, 9, '0'), 'address ' || i, rnd('sn' || i, 25),
  (10 + rnd('sn' || i, 25)) || '-' || (100 + rnd('p1' || i, 900)) || '-555-' || (1000 + rnd('p2' || i, 9000)),
  (rnd('sb' || i, 1100000) - 100000) / 100.0,
  case when rnd('sc' || i, 8) = 0 then 'slow Customer of many Complaints' else 'carefully final' end
  from generate_series(1, 40) i;
insert into customer select i, 'Customer#' || lpad(i::text, 9, '0'), 'address ' || i, rnd('cn' || i, 25),
  (10 + rnd('cn' || i, 25)) || '-' || (100 + rnd('c1' || i, 900)) || '-555-' || (1000 + rnd('c2' || i, 9000)),
  (rnd('cb' || i, 1100000) - 100000) / 100.0,
  one_of('cm' || i, 'AUTOMOBILE','BUILDING','FURNITURE','MACHINERY','HOUSEHOLD'), 'ironic deposits ' || i
  from generate_series(1, 150) i;
insert into part select i,
  one_of('pa' || i, ${COLORS}) || ' ' || one_of('pb' || i, ${COLORS}),
  'Manufacturer#' || (1 + rnd('pm' || i, 5)), 'Brand#' || (1 + rnd('pm' || i, 5)) || (1 + rnd('pn' || i, 5)),
  one_of('t1' || i, 'STANDARD','SMALL','MEDIUM','LARGE','ECONOMY','PROMO') || ' ' ||
  one_of('t2' || i, 'ANODIZED','BURNISHED','PLATED','POLISHED','BRUSHED') || ' ' ||
  one_of('t3' || i, 'TIN','NICKEL','BRASS','STEEL','COPPER'), 1 + rnd('ps' || i, 50),
  one_of('k1' || i, 'SM','LG','MED','JUMBO','WRAP') || ' ' ||
  one_of('k2' || i, 'CASE','BOX','BAG','JAR','PKG','PACK','CAN','DRUM'),
  (90000 + (i / 10) % 20001 + 100 * (i % 1000)) / 100.0, 'comment ' || i
  from generate_series(1, 200) i;
insert into partsupp select p, 1 + (p + j * 10 + p / 40) % 40, 1 + rnd('pq' || p || j, 9999),
  (100 + rnd('pc' || p || j, 99901)) / 100.0, 'packages'
  from generate_series(1, 200) p, generate_series(0, 3) j;
`;

const LARGE_TABLES = `
insert into orders select i, 1 + rnd('oc' || i, 100) * 3 / 2, 'O', 0, date '1992-01-01' + rnd('od' || i, 2406)::int,
  one_of('op' || i, '1-URGENT','2-HIGH','3-MEDIUM','4-NOT SPECIFIED','5-LOW'), 'Clerk#' || rnd('ok' || i, 10), 0,
  case when rnd('os' || i, 10) = 0 then 'bold special pending requests' else 'quick ideas' end
  from (select 32 * (n / 8) + n % 8 + 1 as i from generate_series(0, 1499) n) o;
insert into lineitem select o_orderkey, p, (1 + (p + rnd('ls' || o_orderkey || j, 4) * 10 + p / 40) % 40), j, q,
  q * (90000 + (p / 10) % 20001 + 100 * (p % 1000)) / 100.0, rnd('ld' || o_orderkey || j, 11) / 100.0,
  rnd('lt' || o_orderkey || j, 9) / 100.0,
  case when received > date '1995-06-17' then 'N' when rnd('lf' || o_orderkey || j, 2) = 0 then 'R' else 'A' end,
  case when shipped > date '1995-06-17' then 'O' else 'F' end, shipped,
  o_orderdate + 30 + rnd('lc' || o_orderkey || j, 61)::int, received,
  one_of('li' || o_orderkey || j, 'DELIVER IN PERSON','COLLECT COD','NONE','TAKE BACK RETURN'),
  one_of('lm' || o_orderkey || j, 'REG AIR','AIR','RAIL','SHIP','TRUCK','MAIL','FOB'), 'final deposits'
  from orders, lateral generate_series(1, 1 + rnd('ln' || o_orderkey, 7)::int) j,
  lateral (select 1 + rnd('lp' || o_orderkey || j, 200)::int as p, 1 + rnd('lq' || o_orderkey || j, 50) as q,
    o_orderdate + 1 + rnd('lsd' || o_orderkey || j, 121)::int as shipped) a,
  lateral (select shipped + 1 + rnd('lrd' || o_orderkey || j, 30)::int as received) b;
update orders set o_totalprice = t.price, o_orderstatus = t.status
  from (select l_orderkey, round(sum(l_extendedprice * (1 + l_tax) * (1 - l_discount)), 2) as price,
    case when every(l_linestatus = 'F') then 'F' when every(l_linestatus = 'O') then 'O' else 'P' end as status
    from lineitem group by l_orderkey) t where o_orderkey = l_orderkey;
`;

export const TPCH_SETUP: string = `${SCHEMA}${SMALL_TABLES}${LARGE_TABLES}
create index on lineitem (l_partkey); create index on lineitem (l_suppkey); analyze;`;
