/**
 * Loads the demo's data into N PostgreSQL servers at once: flights split by their origin with PostgreSQL's own hash
 * partitioning function, airports whole on each.
 *
 * Threads decode and encode row groups; this thread only hands their buffers to one binary COPY a shard. The tables are
 * unlogged and filled in the transaction that creates them, with FREEZE, so that the first query has no hint bits to set.
 */
import type pg from 'pg';
import { CopySink } from './copy-sink.js';
import { COPY_HEADER, COPY_TRAILER } from './encode-flights.js';
import { encodeRowGroups } from './encode-pool.js';
import { openFlightsFile, readAirportsCsv } from './flights-file.js';
import { closeShards, connectShards } from './shard-clients.js';

/** A server to load into. Its tables `flights` and `airports` are replaced. */
export interface ShardTarget {
  /** A PostgreSQL connection URL. */
  readonly url: string;
}

/** How far the load is. */
export interface LoadProgress {
  readonly rows: number;
  readonly totalRows: number;
}

/** How to load. */
export interface LoadOptions {
  /** At least one; rows go to shard i where the hash of their origin leaves remainder i. */
  readonly shards: readonly ShardTarget[];
  /** Row groups of the file to load, from the first: 1 is 272,727 flights. Default: all eleven, 3,000,000 flights. */
  readonly rowGroups?: number;
  /** Called after each row group has been sent. */
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** What was loaded, by the servers' own counts. */
export interface LoadReport {
  readonly flights: number;
  /** The airports on each shard. */
  readonly airports: number;
  /** One entry a shard, in shard order. */
  readonly shards: readonly { readonly flights: number; readonly airports: number }[];
  readonly copyMs: number;
  readonly analyzeMs: number;
}

const CREATE_TABLES = `
  drop table if exists flights, airports;
  create unlogged table flights (
    date timestamp not null, delay integer not null, distance integer not null, origin text not null, destination text not null
  ) with (autovacuum_enabled = off);
  create unlogged table airports (
    iata text primary key, name text not null, city text not null, state text not null, country text not null,
    latitude double precision not null, longitude double precision not null
  ) with (autovacuum_enabled = off)`;

/**
 * Creates both tables on every shard and fills them.
 * @throws a server's error, or Error when a server stored another number of rows than it was sent; connections are
 *   closed and every shard is as it was before, unless the error came from the commit itself.
 */
export async function loadFlights(options: LoadOptions): Promise<LoadReport> {
  const started = performance.now();
  const clients = await connectShards(options.shards.map(({ url }) => url));
  try {
    await Promise.all(clients.map((client) => client.query(`begin; ${CREATE_TABLES}`)));
    const airports = await copyAirports(clients);
    const flights = await copyFlights(clients, options);
    await Promise.all(clients.map((client) => client.query('commit')));
    const copied = performance.now();
    await Promise.all(clients.map((client) => client.query('analyze flights, airports')));
    const shards = flights.map((count, shard) => ({
      flights: count,
      airports: airports[shard] ?? 0,
    }));
    return {
      flights: flights.reduce((sum, count) => sum + count, 0),
      airports: requireEqual(airports),
      shards,
      copyMs: copied - started,
      analyzeMs: performance.now() - copied,
    };
  } finally {
    await closeShards(clients);
  }
}

async function copyAirports(clients: readonly pg.Client[]): Promise<number[]> {
  const csv = await readAirportsCsv();
  return Promise.all(
    clients.map(async (client) => {
      const sink = CopySink.open(client, 'copy airports from stdin (format csv, header, freeze)');
      await sink.write(csv);
      return sink.finish();
    }),
  );
}

/** Returns the flights stored on each shard. */
async function copyFlights(clients: readonly pg.Client[], options: LoadOptions): Promise<number[]> {
  const { rowGroups } = await openFlightsFile();
  const groups = rowGroups.slice(0, options.rowGroups);
  const totalRows = groups.reduce((sum, group) => sum + group.rows, 0);
  const sinks = clients.map((client) =>
    CopySink.open(client, 'copy flights from stdin (format binary, freeze)'),
  );
  const sent = new Array<number>(sinks.length).fill(0);
  let rows = 0;
  await Promise.all(sinks.map((sink) => sink.write(COPY_HEADER)));
  await encodeRowGroups(groups, sinks.length, async (encoded) => {
    await Promise.all(
      sinks.map((sink, shard) => sink.write((encoded[shard] as (typeof encoded)[number]).bytes)),
    );
    encoded.forEach((part, shard) => {
      sent[shard] = (sent[shard] as number) + part.rows;
      rows += part.rows;
    });
    options.onProgress?.({ rows, totalRows });
  });
  await Promise.all(sinks.map((sink) => sink.write(COPY_TRAILER)));
  const stored = await Promise.all(sinks.map((sink) => sink.finish()));
  if (rows !== totalRows || stored.some((count, shard) => count !== sent[shard])) {
    throw new Error(
      `the shards stored ${stored.join(' + ')} flights of ${totalRows}, sent were ${sent.join(' + ')}`,
    );
  }
  return stored;
}

function requireEqual(airports: readonly number[]): number {
  const [first] = airports;
  if (first === undefined || airports.some((count) => count !== first)) {
    throw new Error(`the shards stored different numbers of airports: ${airports.join(', ')}`);
  }
  return first;
}
