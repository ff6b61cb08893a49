/** The same work with `pg` alone: one client a shard, `Promise.all`, everything on the caller's thread. */
import pg from 'pg';
import type { AnswerRow } from './questions.js';
import { closeShards, connectShards } from './shard-clients.js';

/** What came home of `select * from flights`. */
export interface AllFlights {
  readonly rows: number;
  /** Miles, summed over the rows: reading one column proves that the rows are there. */
  readonly distance: number;
}

/** One connected client a shard. */
export class PlainPg {
  readonly #clients: readonly pg.Client[];

  private constructor(clients: readonly pg.Client[]) {
    this.#clients = clients;
  }

  static async connect(urls: readonly string[]): Promise<PlainPg> {
    return new PlainPg(await connectShards(urls));
  }

  /** The union of the shards' answers, in shard order. */
  async query(sql: string): Promise<AnswerRow[]> {
    const results = await Promise.all(this.#clients.map((client) => client.query<AnswerRow>(sql)));
    return results.flatMap((result) => result.rows);
  }

  /** Reads all rows as they arrive, as objects, and keeps none. */
  async readAll(sql: string): Promise<AllFlights> {
    const parts = await Promise.all(this.#clients.map((client) => readShard(client, sql)));
    return {
      rows: parts.reduce((sum, part) => sum + part.rows, 0),
      distance: parts.reduce((sum, part) => sum + part.distance, 0),
    };
  }

  async close(): Promise<void> {
    await closeShards(this.#clients);
  }
}

function readShard(client: pg.Client, sql: string): Promise<AllFlights> {
  return new Promise((resolve, reject) => {
    let rows = 0;
    let distance = 0;
    // A query object with a listener for rows, not a callback: pg then keeps no row.
    const query = client.query(new pg.Query<{ distance: number }>(sql));
    query.on('row', (row) => {
      rows += 1;
      distance += row.distance;
    });
    query.on('error', reject);
    query.on('end', () => resolve({ rows, distance }));
  });
}
