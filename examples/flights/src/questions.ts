/**
 * What one might ask of the flights, in plain SQL. Some questions group on the shard key `origin` and join only replicated
 * tables, so that every group lies whole on one shard: `pg` can answer those, too, with `topRows` to merge by hand. The
 * others have groups with rows on every shard, and only Millrace is asked.
 */

/** A row as `pg` and Millrace give it. */
export type AnswerRow = Readonly<Record<string, unknown>>;

/** A statement as for one database, and how its answer is shown. */
export interface Question {
  readonly title: string;
  readonly sql: string;
  /** Whether it groups on the shard key: then `pg` on each shard has whole groups. */
  readonly byOrigin: boolean;
  /** The numeric column that ranks the rows, highest first (ties: all other columns in order). It gets the bars. */
  readonly rankedBy: string;
  /** Rows of the whole answer. */
  readonly limit: number;
  /** How to write a column's numbers: default plain, with thousands separators. */
  readonly units?: Readonly<Record<string, 'percent' | 'minutes' | 'miles'>>;
}

/** Airports with few flights say little about delays. The small data set has one twelfth of the flights. */
const ENOUGH_FLIGHTS = 500;

/** The months of the data, with the day after each. */
const MONTHS = [
  ['January', '2001-02-01'],
  ['February', '2001-03-01'],
  ['March', '2001-04-01'],
  ['April', '2001-05-01'],
  ['May', '2001-06-01'],
  ['June', '2001-07-01'],
] as const;

/** The questions, in the order the demo asks them. */
export const questions: readonly Question[] = [
  {
    title: 'Which airports send off the most flights?',
    byOrigin: true,
    rankedBy: 'flights',
    limit: 10,
    sql: `select f.origin, a.name as airport, a.city, a.state, count(*)::integer as flights
from flights f join airports a on a.iata = f.origin
group by f.origin, a.name, a.city, a.state
order by flights desc, f.origin limit 10`,
  },
  {
    title: 'Where are departing flights the latest, on average and at the 95th percentile?',
    byOrigin: true,
    rankedBy: 'average',
    limit: 10,
    units: { average: 'minutes', median: 'minutes', p95: 'minutes' },
    sql: `select f.origin, a.city, a.state, count(*)::integer as flights, avg(f.delay)::double precision as average,
  percentile_cont(0.5) within group (order by f.delay) as median,
  percentile_cont(0.95) within group (order by f.delay) as p95
from flights f join airports a on a.iata = f.origin
group by f.origin, a.city, a.state having count(*) >= ${ENOUGH_FLIGHTS}
order by average desc, f.origin limit 10`,
  },
  {
    title: 'Where is the share of flights more than 30 minutes late the highest?',
    byOrigin: true,
    rankedBy: 'late',
    limit: 10,
    units: { late: 'percent' },
    sql: `select f.origin, a.city, a.state, f.flights, f.late
from (
  select origin, count(*)::integer as flights,
    100.0::double precision * count(*) filter (where delay > 30) / count(*) as late
  from flights group by origin having count(*) >= ${ENOUGH_FLIGHTS}
) f join airports a on a.iata = f.origin
order by f.late desc, f.origin limit 10`,
  },
  {
    title: 'From where does one fly the farthest?',
    byOrigin: true,
    rankedBy: 'average',
    limit: 10,
    units: { average: 'miles', longest: 'miles' },
    sql: `select f.origin, a.city, a.state, f.flights, f.average, f.longest
from (
  select origin, count(*)::integer as flights, avg(distance)::double precision as average, max(distance) as longest
  from flights group by origin
) f join airports a on a.iata = f.origin
order by f.average desc, f.origin limit 10`,
  },
  {
    title: 'How do the busiest airports change from month to month?',
    byOrigin: true,
    rankedBy: 'total',
    limit: 10,
    sql: `select f.origin, a.city, f."January", f."February", f."March", f."April", f."May", f."June", f.total
from (
  select origin,
    ${MONTHS.map(countOfMonth).join(',\n    ')},
    count(*)::integer as total
  from flights where date < '2001-07-01' group by origin
) f join airports a on a.iata = f.origin
order by f.total desc, f.origin limit 10`,
  },
  {
    title: 'Which are the busiest routes?',
    byOrigin: true,
    rankedBy: 'flights',
    limit: 10,
    units: { delay: 'minutes', miles: 'miles' },
    sql: `select f.origin, a.city as "from", f.destination, b.city as "to", f.delay, f.miles, f.flights
from (
  select origin, destination, avg(delay)::double precision as delay, min(distance) as miles, count(*)::integer as flights
  from flights group by origin, destination
) f join airports a on a.iata = f.origin join airports b on b.iata = f.destination
order by f.flights desc, f.origin, f.destination limit 10`,
  },
  {
    title: 'Where do flights arrive the latest?',
    byOrigin: false,
    rankedBy: 'average',
    limit: 10,
    units: { average: 'minutes', p95: 'minutes' },
    sql: `select f.destination, a.city, a.state, count(*)::integer as flights, count(distinct f.origin)::integer as origins,
  avg(f.delay)::double precision as average, percentile_cont(0.95) within group (order by f.delay) as p95
from flights f join airports a on a.iata = f.destination
group by f.destination, a.city, a.state having count(*) >= ${ENOUGH_FLIGHTS}
order by average desc, f.destination limit 10`,
  },
  {
    title: 'Does a long flight catch up?',
    byOrigin: false,
    rankedBy: 'average',
    limit: 10,
    units: { average: 'minutes', late: 'percent' },
    sql: `select case when distance < 250 then 'under 250 mi' when distance < 750 then 'under 750 mi'
    when distance < 1500 then 'under 1,500 mi' else 'farther' end as distance,
  count(*)::integer as flights, avg(delay)::double precision as average,
  100.0::double precision * count(*) filter (where delay > 30) / count(*) as late
from flights group by 1 order by average desc`,
  },
  {
    title: 'Where do more flights arrive than depart?',
    byOrigin: false,
    rankedBy: 'surplus',
    limit: 5,
    sql: `with arrivals as (select destination as iata, count(*) as n from flights group by 1),
  departures as (select origin as iata, count(*) as n from flights group by 1)
select iata, a.city, i.n::integer as arrivals, coalesce(o.n, 0)::integer as departures,
  (i.n - coalesce(o.n, 0))::integer as surplus
from arrivals i left join departures o using (iata) join airports a using (iata)
order by surplus desc, iata limit 5`,
  },
];

/** Totals over all flights, from which the demo checks that it saw every flight once. */
export const TOTALS = `select count(*)::integer as flights, count(distinct origin)::integer as origins,
  sum(distance)::double precision as distance, sum(delay)::double precision as delay,
  (count(*) filter (where delay > 30))::integer as late
from flights`;

/** Every flight home: the statement whose cost is the transfer. */
export const ALL_FLIGHTS = 'select * from flights';

function countOfMonth([name, end]: (typeof MONTHS)[number]): string {
  return `count(*) filter (where date >= date '${end}' - interval '1 month' and date < '${end}')::integer as "${name}"`;
}

/** The whole answer from the union of the shards' answers: ranked again, and cut to the question's limit. */
export function topRows(question: Question, union: readonly AnswerRow[]): AnswerRow[] {
  const rank = (row: AnswerRow): number => Number(row[question.rankedBy]);
  const rest = (row: AnswerRow): string => `${String(row.origin)} ${String(row.destination ?? '')}`;
  return [...union]
    .sort((a, b) => rank(b) - rank(a) || (rest(a) < rest(b) ? -1 : 1))
    .slice(0, question.limit);
}
