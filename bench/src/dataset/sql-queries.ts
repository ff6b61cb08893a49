import { eventsTable } from './events-table.js';

/** A statement over all rows, and what a shard can do of it alone. */
export interface SqlQuery {
  readonly name: SqlQueryName;
  readonly sql: string;
  /** What a client asks of each shard that merges by itself, written by hand. */
  readonly partial: string;
  /** Result formats of `partial`, one a column: text (0) for numeric, binary (1) for the rest, as for the gather table. */
  readonly partialFormats: readonly number[];
  /** Whether rows come in an order; without one they are compared in the order of their first column. */
  readonly ordered: boolean;
  /** Columns whose last digits depend on the order of additions, or on who divides. */
  readonly approximate: readonly number[];
  /** Rows that no shard may be read beyond, where there is a LIMIT. */
  readonly mostShardRows: number | undefined;
  /** Groups that are not those of the key. */
  readonly regroups: boolean;
}

/** Names of the statements. */
export type SqlQueryName = 'regions' | 'products' | 'count' | 'totals' | 'top' | 'page';

const topOf = (rows: number): string =>
  `select id, user_id, amount, ts from ${eventsTable} order by ts desc, id limit ${rows}`;

const aggregate = { ordered: false, mostShardRows: undefined } as const;
const rowsInOrder = { ordered: true, regroups: false, approximate: [] } as const;

/** The statements, in the order of every table. */
export const sqlQueries: readonly SqlQuery[] = [
  {
    ...aggregate,
    name: 'regions',
    sql: `select region, count(*), avg(amount) from ${eventsTable} group by region`,
    partial: `select region, count(*), sum(amount), count(amount) from ${eventsTable} group by region`,
    partialFormats: [1, 1, 0, 1],
    approximate: [2],
    regroups: true,
  },
  {
    ...aggregate,
    name: 'products',
    sql: `select product, count(*), sum(quantity), min(ts), max(amount) from ${eventsTable} group by product`,
    partial: `select product, count(*), sum(quantity), min(ts), max(amount) from ${eventsTable} group by product`,
    partialFormats: [1, 1, 1, 1, 0],
    approximate: [],
    regroups: true,
  },
  {
    ...aggregate,
    name: 'count',
    sql: `select count(*) from ${eventsTable}`,
    partial: `select count(*) from ${eventsTable}`,
    partialFormats: [1],
    approximate: [],
    regroups: false,
  },
  {
    ...aggregate,
    name: 'totals',
    sql: `select count(*), sum(amount), avg(duration), min(ts), max(ts) from ${eventsTable}`,
    partial: `select count(*), sum(amount), sum(duration), min(ts), max(ts) from ${eventsTable}`,
    partialFormats: [1, 0, 1, 1, 1],
    approximate: [1, 2],
    regroups: false,
  },
  {
    ...rowsInOrder,
    name: 'top',
    sql: topOf(100),
    partial: topOf(100),
    partialFormats: [1, 1, 0, 1],
    mostShardRows: 100,
  },
  {
    ...rowsInOrder,
    name: 'page',
    sql: `${topOf(100)} offset 900`,
    partial: topOf(1000),
    partialFormats: [1, 1, 0, 1],
    mostShardRows: 1000,
  },
];

/** The statement of this name. */
export function sqlQuery(name: SqlQueryName): SqlQuery {
  return sqlQueries.find((query) => query.name === name) as SqlQuery;
}

/** One user's events: what is asked of the one shard that has them. */
export const userQuery: string = `select count(*), sum(amount), max(ts) from ${eventsTable} where user_id = $1`;

/**
 * A statement as people write them, to be planned: grouped on something else than the key, with an order and a limit. It
 * reads a few rows, so that it can be asked often. Another `variant` is another text.
 */
export function plannedQuery(variant: number): string {
  return `select region, count(*) as events, avg(amount) as average from ${eventsTable}
    where id between ${variant} and ${variant + 50} and quantity < 90
    group by region having count(*) > 0 order by events desc, region limit 10`;
}
