/** Where a row would stand among others: ranks as counts of what sorts before. */
import { type Statement, statements } from '../../statement.js';

const RANKS = ['rank', 'dense_rank', 'percent_rank', 'cume_dist'];

/** All four of them, over all rows and over groups. */
const all = (given: string, order: string, filter = ''): string[] => {
  const calls = RANKS.map((rank) => `${rank}(${given}) within group (order by ${order}) ${filter}`);
  return [`select ${calls} from event`, `select g, ${calls} from event group by g order by g`];
};

export const HYPOTHETICAL_SETS: readonly Statement[] = statements('hypothetical sets', [
  ...all('5', 'x'),
  ...all('5', 'x desc'),
  ...all('5', 'x nulls first'),
  ...all('5', 'x desc nulls last'),
  ...all('null', 'x'),
  ...all('null', 'x desc'),
  ...all('null::int', 'x nulls first'),
  ...all('null', 'x desc nulls last'),
  ...all('5', 'x', 'filter (where flag)'),
  ...all('5', 'x', 'filter (where id < 0)'),
  ...all('2.5', 'x'),
  ...all('5', 'm'),
  ...all('16777217::real', 'b'),
  ...all('9007199254740993::float8', 'b'),
  ...all('$$NaN$$', 'f'),
  ...all('$$2020-05-05$$', 'd'),
  ...all('timestamp $$2020-05-05 12:00$$', 'd'),
  ...all('$$apfel1$$', 't'),
  ...all('$$apfel1$$', 't collate "C"'),
  ...all('$$ab    x$$', 'c'),
  ...all('$$ok$$', 'mood'),
  ...all('$${x}$$', 'tags desc'),
  ...all('1, 7', 'x, s'),
  ...all('null, 7', 'x desc, s desc nulls last'),
  ...all('1, null, $$ok$$', 's % 3, x nulls first, mood desc', 'filter (where id > 20)'),
  ...all('(1, null::int)', '(s % 3, x)'),
  'select rank($$abc$$) within group (order by folded), dense_rank($$abc$$) within group (order by folded) from word',
  'select lang, rank($$o$$) within group (order by lang), dense_rank(lang) within group (order by lang desc) from word group by lang order by lang, 2',
  'select x, rank(x) within group (order by s), dense_rank(x + 1) within group (order by s) from event group by x order by x',
  'select x, g, rank(x) within group (order by s) from event group by rollup (x, g) order by x, g',
  'select g, rank(5) within group (order by x) from event group by rollup (g) order by g',
  'select g, dense_rank(5) within group (order by x) from event group by rollup (g) order by g',
  'select g from event group by g having rank(5) within group (order by x) > 20 order by rank(5) within group (order by x), g',
  'select g, rank() over (order by rank(5) within group (order by x), g) from event group by g order by 2',
  'select rank(5) within group (order by x), dense_rank(5) within group (order by x), percent_rank(5) within group (order by x), cume_dist(5) within group (order by x) from vacant',
  'select sum(r) from (select rank(5) within group (order by x) as r from event group by g) t',
  'select p.name, (select rank(p.p) within group (order by e.x) from event e) from place p order by 1',
  'select rank(1) within group (order by x), count(*) as rank from event order by rank',
  'select rank(variadic array[5]) within group (order by x) from event',
  'select rank((select max(p) from place)) within group (order by x) from event',
  'select rank($$a$$) within group (order by x) from event',
  'select dense_rank(5) within group (order by x), count(distinct x), sum(x), mode() within group (order by s) from event',
]);
