/**
 * The table of the SQL benchmark: events of users, split over the shards by user as PostgreSQL's hash partitioning splits
 * them. Every value comes from the row's `id` through PostgreSQL's own hash functions, as in the gather table.
 *
 * `region` has 5,001 values and `product` 10,000; neither is the key. About forty events belong to a user.
 */

/** The table's name. */
export const eventsTable = 'events';

/** The column that rows are placed by. */
export const eventsKey = 'user_id';

const columns: readonly { name: string; sqlType: string; expression: string }[] = [
  { name: 'id', sqlType: 'bigint not null', expression: 'id' },
  { name: 'user_id', sqlType: 'bigint not null', expression: 'abs(a % greatest(USERS, 1))' },
  { name: 'region', sqlType: 'integer not null', expression: 'abs(b % 5001)::int4' },
  { name: 'product', sqlType: 'integer not null', expression: 'abs(c % 10000)::int4' },
  {
    name: 'quantity',
    sqlType: 'integer',
    expression: 'case when d % 53 = 0 then null else abs(d % 100)::int4 end',
  },
  {
    name: 'amount',
    sqlType: 'numeric(12,2)',
    expression: 'case when e % 41 = 0 then null else (e % 10000000)::numeric / 100 end',
  },
  {
    name: 'duration',
    sqlType: 'double precision',
    expression: 'abs(f % 100000000)::float8 / 1000',
  },
  {
    name: 'ts',
    sqlType: 'timestamptz not null',
    expression:
      "timestamptz '2020-01-01 00:00:00+00' + interval '1 millisecond' * abs(g % 157680000000)",
  },
];

const columnList: string = columns.map(({ name, sqlType }) => `${name} ${sqlType}`).join(', ');

/** Creates an ordinary table for some of the rows, or for all. */
export const createEvents: string = `create unlogged table ${eventsTable} (${columnList})`;

/** Creates the table as it is seen where its rows are elsewhere: partitioned by its key. */
export const createPartitionedEvents: string = `create table ${eventsTable} (${columnList}) partition by hash (${eventsKey})`;

/** Fills an ordinary table with rows of the ids 0 to rows - 1. */
export function fillEvents(rows: number): string {
  const hashes = Array.from(
    'abcdefg',
    (name, index) => `hashint8extended(id, ${index + 11}) as ${name}`,
  );
  const values = columns.map(({ name, expression }) => {
    return `${expression.replace('USERS', String(Math.trunc(rows / 40)))} as ${name}`;
  });
  return `insert into ${eventsTable} select ${values.join(', ')} from (
    select id, ${hashes.join(', ')} from generate_series(0::bigint, ${rows - 1}) as ids (id)
  ) as hashed`;
}
