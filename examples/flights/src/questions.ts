/**
 * What one might ask of the flights. Each question groups on the shard key `origin` and joins only replicated tables,
 * so every group lies whole on one shard: the union of the shards' answers is the answer over all flights. Where a
 * question wants the first N, each shard sends its own first N, and `topRows` cuts their union to N.
 */

/** A row as `pg` and Millrace give it. */
export type AnswerRow = Readonly<Record<string, unknown>>;

/** A statement for every shard, and how the union of the answers is read. */
export interface Question {
  readonly title: string;
  readonly sql: string;
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
    rankedBy: 'flights',
    limit: 10,
    sql: `select f.origin, a.name as airport, a.city, a.state, count(*)::integer as flights
from flights f join airports a on a.iata = f.origin
group by f.origin, a.name, a.city, a.state
order by flights desc, f.origin limit 10`,
  },
  {
    title: 'Where are departing flights the latest, on average and at the 95th percentile?',
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
];

/** Totals of each origin, from which the demo checks that it saw every flight once. */
export const TOTALS_BY_ORIGIN = `select origin, count(*)::integer as flights, sum(distance)::double precision as distance,
  sum(delay)::double precision as delay, (count(*) filter (where delay > 30))::integer as late
from flights group by origin`;

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
