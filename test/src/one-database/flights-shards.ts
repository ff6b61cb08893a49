/** A small table of flights, split by origin over shards, for tests of plans. */
import { hashPartitionOf } from '@millrace/engine';
import { askAll } from '../support/ask.js';

/** Tables of `connect`: flights and legs are split by the same rule, airports are everywhere. */
export const TABLES = {
  flights: { key: 'origin', by: 'hash' },
  legs: { key: 'origin', by: 'hash' },
  airports: 'replicated',
} as const;

const ORIGINS = Array.from({ length: 40 }, (_, i) => `A${i}`);
const PER_ORIGIN = 25;

/** Rows of flights on all shards. */
export const FLIGHTS: number = ORIGINS.length * PER_ORIGIN;

/** Where an origin's flights are. */
export function shardOf(origin: string, shardCount: number): number {
  return hashPartitionOf(['text'], [origin], shardCount);
}

/** Makes the tables on each server, with the rows that belong there. */
export async function loadFlights(urls: readonly string[]): Promise<void> {
  await askAll(urls, (shard) => {
    const own = ORIGINS.filter((origin) => shardOf(origin, urls.length) === shard);
    const origins = own.map((origin) => `'${origin}'`).join(', ') || 'null';
    return `
      create table flights (id int primary key, origin text not null, distance int, delay numeric(8, 2));
      create table legs (origin text not null, n int);
      create table airports (code text primary key, city text);
      insert into airports select 'A' || i, 'City ' || i % 7 from generate_series(0, 39) i;
      insert into flights
        select substr(o, 2)::int * ${PER_ORIGIN} + i, o, (i * 37) % 19, i / 4.0
        from unnest(array[${origins}]::text[]) o, generate_series(0, ${PER_ORIGIN - 1}) i where o is not null;
      insert into legs select origin, distance from flights where distance < 5;
      analyze`;
  });
}
