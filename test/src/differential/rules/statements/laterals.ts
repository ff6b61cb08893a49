/** LATERAL off the shard key: groups and first rows for each outer row. */
import { type Statement, statements } from '../../statement.js';

const APART = [
  // From a replicated table, from a sharded one, from VALUES with duplicates, a NULL and what nothing matches.
  'place o(y, name, region, size)',
  'item o(id, k, p, y)',
  '(values (1), (1), (null), (3), (999), (-24)) o(y)',
];

const from = (select: string, tail: string): string[] =>
  APART.map((outer) => `select o.y, l.* from ${outer} ${select} order by ${tail}`);

export const LATERAL_GROUPS: readonly Statement[] = statements('lateral groups', [
  ...from('cross join lateral (select count(*) from event e where e.x = o.y) l', '1, 2'),
  ...from(
    'left join lateral (select count(*)::int, count(e.m) as n, sum(m), max(t), avg(f)::real, array_agg(e.id order by e.id) from event e where e.x = o.y) l on true',
    '1, 2, 3',
  ),
  ...from(
    'join lateral (select sum(x), coalesce(sum(m), -1) as s, count(*) > 2 as many, $$n: $$ || count(*) as text from event e where e.x = o.y) l on l.many is not null',
    '1, 2, 3',
  ),
  ...from(
    'cross join lateral (select count(*), max(id) from event e where e.x = o.y having count(*) <> 2) l',
    '1, 2, 3',
  ),
  ...from(
    'left join lateral (select max(id) from event e where e.x = o.y having count(*) > 3) l on true',
    '1, 2',
  ),
  ...from(
    'left join lateral (select g, count(*) as c, min(m) from event e where e.x = o.y group by g) l on true',
    '1, 2, 3',
  ),
  ...from(
    'cross join lateral (select 5 as five, g, sum(m) as s from event e where e.x = o.y group by 1, 2 having count(*) > 1 order by 3 desc nulls last, 2 limit 2) l',
    '1, 3, 4',
  ),
  ...from(
    'left join lateral (select distinct count(*) from event e where e.x = o.y group by g order by 1 desc offset 1) l on true',
    '1, 2',
  ),
  ...from(
    'left join lateral (select count(*) from event e where e.x = o.y offset 1) l on true',
    '1, 2',
  ),
  ...from(
    'left join lateral (select count(*) from event e where e.x = o.y limit 0) l on true',
    '1, 2',
  ),
  ...from(
    'cross join lateral (select rank(50) within group (order by s), cume_dist(50) within group (order by s), product(2) from event e where e.x = o.y) l',
    '1, 2, 3',
  ),
  ...from(
    'cross join lateral (select count(*), sum(e.m) from event e join item i on i.k = e.k where e.x = o.y and i.p > 2) l',
    '1, 2, 3',
  ),
  ...from(
    'cross join lateral (select count(*), sum(v.score) from event e join visit v on v.id = e.id where e.x = o.y and e.s % 7 = o.y) l',
    '1, 2, 3',
  ),
  ...from(
    'cross join lateral (select count(v.x), sum(v.x), count(*) from vacant v where v.x = o.y) l',
    '1, 2',
  ),
  ...from(
    'cross join lateral (select count(*) from event e where e.x = o.y and random() < 2) l',
    '1, 2',
  ),
  ...from(
    'cross join lateral (select count(*) from event e where e.x > o.y and e.x < o.y + 3) l',
    '1, 2',
  ),
  'select p.p, l.* from place p cross join lateral (select count(*) + p.p, p.name from event e where e.x = p.p) l order by 1',
  'select p.p, l.n from place p cross join lateral (select count(*) from event e where e.x = p.p) l(n) where l.n > 2 and p.region = $$north$$ order by 1',
  'select l.n, count(*) from place p cross join lateral (select count(*) as n from event e where e.x = p.p) l group by l.n order by 1',
  'select i.id, l.n, f.id from item i left join lateral (select count(*) as n from event e where e.x = i.q) l on true join event f on f.k = i.k order by 1, 3 limit 40',
  'select w.w, l.n from word w cross join lateral (select count(*) as n, max(o.n) from word o where o.folded = w.folded) l order by 1, 2',
  'select w.w, l.n from word w cross join lateral (select count(*) as n from word o where o.lang = w.lang collate nocase) l order by 1, 2',
  'select w.w, l.n from word w cross join lateral (select count(*) as n, min(o.w) as first from word o where o.lang = w.lang) l order by 1, 2',
  'select f.y, l.n from (values (9007199254740992::float8), (9007199254740994), (1)) f(y) cross join lateral (select count(*) as n, min(b) from event e where e.b = f.y) l order by 1',
  'select s.n, l.* from special s cross join lateral (select count(*), min(t.id) from special t where t.n = s.n) l order by s.id',
  'select c.y, l.* from (values ($$ab$$::text), ($$ab $$), ($$$$)) c(y) cross join lateral (select count(*) from event e where e.c = c.y) l order by 1',
  'select count(*) from place p cross join lateral (select g, count(*) from event e where e.x = p.p group by grouping sets ((g), ())) l',
  'with c as (select * from event where flag) select p.p, l.n from place p cross join lateral (select count(*) as n from c where c.x = p.p) l order by 1',
  'select p.p, (select l.n from (select 1) one cross join lateral (select count(*) as n from event e where e.x = p.p) l) from place p order by 1',
  'select p.p, l.n, m.n from place p cross join lateral (select count(*) as n from event e where e.x = p.p) l cross join lateral (select count(*) as n from item i where i.p = l.n) m order by 1',
]);

export const LATERAL_ROWS: readonly Statement[] = statements('lateral first rows', [
  ...from(
    'cross join lateral (select id, m from event e where e.x = o.y order by m desc nulls last, id limit 2) l',
    '1, 2',
  ),
  ...from(
    'left join lateral (select id from event e where e.x = o.y order by s, t, id limit 2 offset 1) l on true',
    '1, 2',
  ),
  ...from(
    'left join lateral (select s % 4 as r, g from event e where e.x = o.y order by s % 4 fetch first 1 rows with ties) l on true',
    '1, 2, 3',
  ),
  ...from(
    'left join lateral (select m from event e where e.x = o.y order by 1 nulls first offset 1 fetch first 2 rows with ties) l on true',
    '1, 2',
  ),
  ...from(
    'left join lateral (select id from event e where e.x = o.y order by id limit 0) l on true',
    '1, 2',
  ),
  ...from(
    'left join lateral (select id from event e where e.x = o.y order by id limit null) l on true',
    '1, 2',
  ),
  ...from(
    'left join lateral (select id from event e where e.x = o.y order by id offset 2) l on true',
    '1, 2',
  ),
  ...from(
    'left join lateral (select id from event e where e.x = o.y order by id limit -1) l on true',
    '1, 2',
  ),
  ...from(
    'cross join lateral (select * from item i where i.q = o.y order by id desc limit 1) l',
    '1, 2',
  ),
  ...from(
    'left join lateral (select distinct g from event e where e.x = o.y order by g desc limit 2) l on true',
    '1, 2',
  ),
  ...from(
    'left join lateral (select distinct g, flag from event e where e.x = o.y) l on true',
    '1, 2, 3',
  ),
  ...from(
    'left join lateral (select t from event e where e.x = o.y order by t collate "C" desc, id limit 2) l on true',
    '1, 2',
  ),
  ...from(
    'left join lateral (select e.id, i.id as i from event e join item i on i.k = e.k where e.x = o.y order by 1, 2 limit 2) l on true',
    '1, 2, 3',
  ),
  ...from(
    'left join lateral (select e.id, v.id as v from event e join visit v on v.id = e.id where e.x = o.y order by 1 limit 2) l on true',
    '1, 2, 3',
  ),
  ...from(
    'left join lateral (select id from vacant v where v.x = o.y order by id limit 1) l on true',
    '1, 2',
  ),
  ...from(
    'left join lateral (select id from event e where e.x = o.y and e.s > (select avg(s) from event) order by id limit 1) l on true',
    '1, 2',
  ),
  ...from(
    'left join lateral (select id, random() < 2 from event e where e.x = o.y order by id limit 1) l on true',
    '1, 2',
  ),
  ...from(
    'left join lateral (select id from event e where e.x = o.y - 1 and e.s = o.y order by id limit 1) l on true',
    '1, 2',
  ),
  ...from(
    'left join lateral (select id, e.x - o.y as d from event e where e.x = o.y order by id limit 1) l on true',
    '1, 2',
  ),
  {
    sql: 'select p.p, l.id from place p cross join lateral (select id from event e where e.x = p.p order by id limit $1 offset $2) l order by 1, 2',
    params: [2, 1],
  },
  {
    sql: 'select p.p, l.id from place p cross join lateral (select id from event e where e.x = p.p order by id limit $1) l order by 1, 2',
    params: [null],
  },
  'select count(*) from place p cross join lateral (select id from event e where e.x = p.p limit 2) l',
  'select g, max(l.id) from event o cross join lateral (select id from item i where i.q = o.x order by price desc, id limit 1) l group by g order by 1',
  'select w.w, l.w as found from word w cross join lateral (select w from word o where o.folded = w.folded order by w collate "C", n limit 1) l order by 1, 2',
  'select k.g, l.id, l.n from kind k, lateral (select id, row_number() over (order by id) as n from event e where e.g = k.g order by id limit 2) l order by 1, 2',
]);
