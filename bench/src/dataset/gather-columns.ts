/**
 * The ten columns of the gather table, as a table to read.
 *
 * Every value comes from the server, out of the row's `id` through PostgreSQL's own hash functions, so two servers of
 * any version hold the same data and nothing is shipped. `a` to `h` are independent 64-bit hashes of the id. There
 * are NULLs, negative numbers, integers beyond 2^53, times before 1970 and text outside ASCII.
 *
 * Text: `status` has 8 values, `city` 5,000, `reference` is unique.
 * `created_at` never falls on a whole millisecond: a client that keeps microseconds can be told from one that drops
 * them, and those that drop them (a JavaScript Date) all round the same way.
 */

/** The physical kind of a column: what decides how it travels and how it is hashed. */
export type ColumnKind = 'int8' | 'int4' | 'int2' | 'float8' | 'numeric' | 'timestamptz' | 'text';

/** One column of the gather table. */
export interface GatherColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** The column's type in `create table`. */
  readonly sqlType: string;
  /** The SQL expression that makes its value from `id` and the hashes `a` … `h`. */
  readonly expression: string;
}

const cities = "array['Zürich','Köln','São Paulo','Łódź','東京','Oslo','Montréal','Bern']";
const statuses =
  "array['open','paid','shipped','zurückgestellt','livré','отменён','returned','on its way']";

/** The columns in table order. */
export const gatherColumns: readonly GatherColumn[] = [
  { name: 'id', kind: 'int8', sqlType: 'bigint not null', expression: 'id' },
  {
    name: 'customer',
    kind: 'int8',
    sqlType: 'bigint',
    expression: 'case when a % 101 = 0 then null when a % 50 = 0 then b else b % 200000 end',
  },
  {
    name: 'created_at',
    kind: 'timestamptz',
    sqlType: 'timestamptz',
    expression:
      "case when b % 211 = 0 then null else timestamptz '1965-01-01 00:00:00+00' + interval '1 microsecond' " +
      '* (abs(c % 1900000000000) * 1000 + 100 + abs(c % 800)) end',
  },
  {
    name: 'quantity',
    kind: 'int4',
    sqlType: 'integer',
    expression: 'case when c % 53 = 0 then null else (d % 2147483647)::int4 end',
  },
  {
    name: 'priority',
    kind: 'int2',
    sqlType: 'smallint',
    expression: 'case when d % 67 = 0 then null else (e % 32768)::int2 end',
  },
  {
    name: 'weight',
    kind: 'float8',
    sqlType: 'double precision',
    expression: 'case when e % 31 = 0 then null else f::float8 / 1e12 end',
  },
  {
    name: 'price',
    kind: 'numeric',
    sqlType: 'numeric(12,2)',
    expression: 'case when f % 41 = 0 then null else (g % 100000000)::numeric / 100 end',
  },
  {
    name: 'status',
    kind: 'text',
    sqlType: 'text',
    expression: `case when g % 301 = 0 then null else (${statuses})[1 + (h & 7)] end`,
  },
  {
    name: 'city',
    kind: 'text',
    sqlType: 'text',
    expression: `case when h % 401 = 0 then null else (${cities})[1 + (a & 7)] || ' ' || ((a >> 3) & 8191) % 625 end`,
  },
  {
    name: 'reference',
    kind: 'text',
    sqlType: 'text not null',
    expression: 'substr(md5(id::text), 1, 15)',
  },
];

/** The table's name. */
export const gatherTable = 'gather';

/** The statement that every contender sends. */
export const gatherQuery: string = `select ${gatherColumns.map((column) => column.name).join(', ')} from ${gatherTable}`;

/** Result formats for Bind, one a column: text (0) for numeric, which costs a server more in binary, binary (1) for the rest. */
export const gatherFormats: readonly number[] = gatherColumns.map((column) =>
  column.kind === 'numeric' ? 0 : 1,
);

/** The statement with its formats, as it goes over the wire. */
export const gatherStatement: { readonly sql: string; readonly formats: readonly number[] } = {
  sql: gatherQuery,
  formats: gatherFormats,
};
