/** Rows of two shards, copied to one of them or to a third server: what the tests of stagings have in common. */
import { setTimeout as delay } from 'node:timers/promises';
import { openConnection, type PostgresConnection } from '@millrace/postgres';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { Snapshot } from '../dispatch/snapshot.js';
import type { CopyRequest, Staging } from '../dispatch/staging.js';
import { CancelledError } from '../errors.js';
import type { ConnectOptions } from '../options.js';
import { newDispatcher, rowsOn } from './dispatch-drive.js';

/** Rows of the table `t` on each server: its number, 1, 2, …, and a text. */
export const ROWS_PER_SHARD = 20_000;
/** Makes the table that `copyOf` copies into. */
export const CREATE_X = 'create temp table x (shard int, k int, v text) on commit drop';
export const NEVER: AbortSignal = new AbortController().signal;

const ANY = { maxRows: 1e9, maxBytes: 1e12 };

/** A copy of what both shards answer. */
export function copyOf(sql: string, changes: Partial<CopyRequest> = {}): CopyRequest {
  const from = [0, 1].map((shard) => ({ shard, sql: `copy (${sql}) to stdout` }));
  return { from, into: 'copy pg_temp.x from stdin', limits: ANY, signal: NEVER, ...changes };
}

export interface Pull {
  readonly snapshot: Snapshot;
  readonly staging: Staging;
}

export class StagingDrive {
  /** One connection to each server, beside those of dispatchers. The third server is no shard. */
  readonly direct: readonly PostgresConnection[];
  readonly #urls: readonly string[];
  readonly #application: string;
  #dispatchers: Dispatcher[] = [];

  /** @param urls of three servers, which get the table `t` */
  static async open(urls: readonly string[], application: string): Promise<StagingDrive> {
    const direct = await Promise.all(
      urls.map((url) =>
        openConnection({ url, connectTimeoutMs: 20_000, session: {}, readBytes: 0 }),
      ),
    );
    return new StagingDrive(urls, direct, application);
  }

  private constructor(
    urls: readonly string[],
    direct: readonly PostgresConnection[],
    application: string,
  ) {
    this.#urls = urls;
    this.direct = direct;
    this.#application = application;
  }

  async fillTables(): Promise<void> {
    const rows = `select %, k, repeat(chr(97 + k % 26), k % 40) from generate_series(1, ${ROWS_PER_SHARD}) k`;
    await Promise.all(
      this.direct.map((connection, shard) =>
        connection.command(
          `drop table if exists t; create table t (shard, k, v) as ${rows.replace('%', String(shard))}`,
        ),
      ),
    );
  }

  dispatcher(options: Partial<ConnectOptions> = {}): Dispatcher {
    const shards = this.#urls.slice(0, 2);
    const opened = newDispatcher(
      { shards, application_name: this.#application, ...options },
      { stagingUrl: this.#urls[2] as string },
    );
    this.#dispatchers.push(opened);
    return opened;
  }

  async closeDispatchers(): Promise<void> {
    const closing = this.#dispatchers.map((it) => it.close(() => new CancelledError('over')));
    this.#dispatchers = [];
    await Promise.all(closing);
  }

  async close(): Promise<void> {
    await Promise.all(this.direct.map((connection) => connection.close()));
  }

  /** States of the dispatchers' sessions on the servers, without those that are idle. */
  async busyStates(): Promise<unknown[]> {
    const sql = `select string_agg(state, ',') from pg_stat_activity
       where application_name = '${this.#application}' and state <> 'idle'`;
    const texts = await Promise.all(this.direct.map((connection) => connection.command(sql)));
    return texts.flatMap(([text]) => text ?? []);
  }

  /** Waits until a session of a dispatcher on a server runs what begins so, and gives its process. */
  async untilRunning(server: number, query: string): Promise<number> {
    const deadline = performance.now() + 20_000;
    const sql = `select pid from pg_stat_activity
       where application_name = '${this.#application}' and state = 'active' and query like '${query}%'`;
    for (;;) {
      const [pid] = await (this.direct[server] as PostgresConnection).command(sql);
      if (pid !== undefined && pid !== null) return Number(pid);
      if (performance.now() > deadline) throw new Error(`nothing runs '${query}'`);
      await delay(20);
    }
  }
}

/** A snapshot of both shards and a staging for it, closed afterwards, whatever happens. */
export async function withPull(
  dispatcher: Dispatcher,
  target: number | 'server',
  use: (pull: Pull) => Promise<void>,
): Promise<void> {
  const snapshot = await dispatcher.openSnapshot([0, 1], NEVER);
  const staging = await dispatcher.openStaging(target, { snapshot, signal: NEVER });
  try {
    await use({ snapshot, staging });
  } finally {
    await Promise.all([staging.close(), snapshot.close()]);
  }
}

/** Copies all of `t`, and gives how many rows the server then has of each shard, and their sum. */
export async function pullWhole(
  dispatcher: Dispatcher,
  target: number | 'server',
): Promise<unknown[][]> {
  let rows: unknown[][] = [];
  await withPull(dispatcher, target, async ({ staging }) => {
    await staging.command(CREATE_X, NEVER);
    const { rows: copied } = await staging.copy(copyOf('select * from t'));
    const sql = 'select shard, count(*)::int, sum(k)::int from x group by shard order by shard';
    rows = [[copied], ...(await rowsOn(staging, [staging.shard], sql))];
  });
  return rows;
}
