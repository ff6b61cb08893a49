/** The tables of the demo in Exasol, and what must be true of each: the same totals as PostgreSQL gives, airport by airport. */
import {
  type CopyResult,
  copyShards,
  type Database,
  type ExasolConnection,
} from '@millrace/engine';

export const FLIGHTS = 'demo.flights';
export const FLIGHTS_AGAIN = 'demo.flights_again';

const COLUMNS = `departure TIMESTAMP, delay DECIMAL(9,0), distance DECIMAL(9,0),
  origin VARCHAR(10), destination VARCHAR(10)`;

/** In the order of the columns above. */
const SELECT = 'select date, delay, distance, origin, destination from flights';

const TOTALS =
  'count(*), sum(distance), sum(delay), count(distinct destination), count(case when delay > 30 then 1 end)';

/** Totals of one origin, as text. */
export type OriginTotals = ReadonlyMap<string, string>;

export async function createTables(exa: ExasolConnection): Promise<void> {
  await exa.execute('CREATE SCHEMA demo');
  for (const table of [FLIGHTS, FLIGHTS_AGAIN])
    await exa.execute(`CREATE TABLE ${table} (${COLUMNS})`);
}

/** All flights of all shards, each from the thread that reads it into the thread that holds its tunnel. */
export function copyFlights(db: Database, exa: ExasolConnection): Promise<CopyResult> {
  return copyShards(db, SELECT).into(exa, FLIGHTS);
}

/** What PostgreSQL says. */
export async function totalsOfShards(db: Database): Promise<OriginTotals> {
  const sql = `select origin, ${TOTALS} from flights group by origin`;
  const { rows } = await db.query<readonly unknown[]>(sql, [], { rowMode: 'array' });
  return byOrigin(rows);
}

/** What Exasol says of one of its tables. */
export async function totalsOfTable(exa: ExasolConnection, table: string): Promise<OriginTotals> {
  const sql = `SELECT origin, ${TOTALS} FROM ${table} GROUP BY origin`;
  const { rows } = await exa.execute(sql, { rowMode: 'array' });
  return byOrigin(rows);
}

/** The origins that differ, one line each; empty when all agree. */
export function compareTotals(what: string, found: OriginTotals, right: OriginTotals): string[] {
  const origins = [...new Set([...found.keys(), ...right.keys()])];
  return origins
    .filter((origin) => found.get(origin) !== right.get(origin))
    .map(
      (origin) =>
        `${what}, ${origin}: found ${found.get(origin)}, PostgreSQL has ${right.get(origin)}`,
    );
}

function byOrigin(rows: readonly (readonly unknown[])[]): OriginTotals {
  return new Map(rows.map(([origin, ...totals]) => [String(origin), totals.map(String).join(' ')]));
}
