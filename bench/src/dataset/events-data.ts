import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { createEvents, eventsKey, eventsTable, fillEvents } from './events-table.js';

/** Where the rows go: all of them to one server, and each to one of the shards. */
export interface EventsPlaces {
  readonly single: string;
  readonly shards: readonly string[];
  /** Rows in all. */
  readonly rows: number;
}

/**
 * Makes the rows on the server that holds all of them, and copies each shard's part to it. Which rows those are, is
 * asked of PostgreSQL (`satisfies_hash_partition`), and not of the engine that is measured.
 */
export async function loadEvents({ single, shards, rows }: EventsPlaces): Promise<void> {
  await withClient(single, async (client) => {
    await client.query(createEvents);
    await client.query(fillEvents(rows));
    await client.query(
      `create table placement (${eventsKey} bigint) partition by hash (${eventsKey})`,
    );
  });
  await Promise.all(
    shards.map((url, shard) => copyPart(single, url, { shard, shards: shards.length })),
  );
  await Promise.all([single, ...shards].map(finish));
}

async function copyPart(
  single: string,
  url: string,
  { shard, shards }: { readonly shard: number; readonly shards: number },
): Promise<void> {
  await withClient(single, (source) =>
    withClient(url, async (target) => {
      // A table that is made in the same transaction is copied into without a log.
      await target.query('begin');
      await target.query(createEvents);
      const part = `select * from ${eventsTable} where satisfies_hash_partition('placement'::regclass, ${shards}, ${shard}, ${eventsKey})`;
      await pipeline(
        source.query(copyTo(`copy (${part}) to stdout (format binary)`)),
        target.query(copyFrom(`copy ${eventsTable} from stdin (format binary)`)),
      );
      await target.query('commit');
    }),
  );
}

async function finish(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(`alter table ${eventsTable} add primary key (id)`);
    await client.query(`create index on ${eventsTable} (${eventsKey})`);
    await client.query(`vacuum (freeze, analyze) ${eventsTable}`);
  });
}

/** A connection for as long as `work` takes. */
export async function withClient<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
