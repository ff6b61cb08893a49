/** The 13 queries of the Star Schema Benchmark, in its four flights. */
import { type Statement, statements } from '../statement.js';

const discounts = (where: string): string =>
  `select sum(lo_extendedprice * lo_discount) as revenue from lineorder, date
   where lo_orderdate = d_datekey and ${where}`;

const brands = (where: string): string =>
  `select sum(lo_revenue), d_year, p_brand1 from lineorder, date, part, supplier
   where lo_orderdate = d_datekey and lo_partkey = p_partkey and lo_suppkey = s_suppkey and ${where}
   group by d_year, p_brand1 order by d_year, p_brand1`;

const places = (columns: string, where: string): string =>
  `select ${columns}, d_year, sum(lo_revenue) as revenue from customer, lineorder, supplier, date
   where lo_custkey = c_custkey and lo_suppkey = s_suppkey and lo_orderdate = d_datekey and ${where}
   group by ${columns}, d_year order by d_year asc, revenue desc`;

const profits = (columns: string, where: string): string =>
  `select ${columns}, sum(lo_revenue - lo_supplycost) as profit from date, customer, supplier, part, lineorder
   where lo_custkey = c_custkey and lo_suppkey = s_suppkey and lo_partkey = p_partkey and lo_orderdate = d_datekey
     and ${where}
   group by ${columns} order by ${columns}`;

const UK = `('UNITED KI1', 'UNITED KI2')`;

export const SSB_QUERIES: readonly Statement[] = statements('SSB', [
  discounts('d_year = 1993 and lo_discount between 1 and 3 and lo_quantity < 25'),
  discounts(
    'd_yearmonthnum = 199401 and lo_discount between 4 and 6 and lo_quantity between 26 and 35',
  ),
  discounts(
    'd_weeknuminyear = 6 and d_year = 1994 and lo_discount between 5 and 7 and lo_quantity between 16 and 45',
  ),
  brands(`p_category = 'MFGR#12' and s_region = 'AMERICA'`),
  brands(`p_brand1 between 'MFGR#2221' and 'MFGR#2228' and s_region = 'ASIA'`),
  brands(`p_brand1 = 'MFGR#2221' and s_region = 'EUROPE'`),
  places(
    'c_nation, s_nation',
    `c_region = 'ASIA' and s_region = 'ASIA' and d_year >= 1992 and d_year <= 1997`,
  ),
  places(
    'c_city, s_city',
    `c_nation = 'UNITED STATES' and s_nation = 'UNITED STATES' and d_year >= 1992 and d_year <= 1997`,
  ),
  places(
    'c_city, s_city',
    `c_city in ${UK} and s_city in ${UK} and d_year >= 1992 and d_year <= 1997`,
  ),
  places('c_city, s_city', `c_city in ${UK} and s_city in ${UK} and d_yearmonth = 'Dec1996'`),
  profits(
    'd_year, c_nation',
    `c_region = 'AMERICA' and s_region = 'AMERICA' and (p_mfgr = 'MFGR#1' or p_mfgr = 'MFGR#2')`,
  ),
  profits(
    'd_year, s_nation, p_category',
    `c_region = 'AMERICA' and s_region = 'AMERICA' and (d_year = 1997 or d_year = 1998)
     and (p_mfgr = 'MFGR#1' or p_mfgr = 'MFGR#2')`,
  ),
  profits(
    'd_year, s_city, p_brand1',
    `c_region = 'AMERICA' and s_nation = 'UNITED STATES' and (d_year = 1997 or d_year = 1998)
     and p_category = 'MFGR#13'`,
  ),
]);
