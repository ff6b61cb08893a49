/** Four servers with the numbers up to 1,000 split over them, and what the tests of merges do with them. */
import type { Worker } from 'node:worker_threads';
import {
  type ColumnDescription,
  openConnection,
  type PostgresConnection,
} from '@millrace/postgres';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import { CancelledError } from '../errors.js';
import type { ConnectOptions } from '../options.js';
import type { MergePlan, PlanStep } from '../plan/distributed-plan.js';
import { newDispatcher } from './dispatch-drive.js';

export const SHARDS: readonly number[] = [0, 1, 2, 3];
export const ROWS = 1000;

const APPLICATION = 'millrace-merges';
const HANG_MS = 20_000;

/** Key k is on shard k modulo shards; its value is ten times as large. */
const tableOf = (shard: number): string =>
  `create table t as select k::int4, (k * 10)::int8 as v
     from generate_series(${shard}, ${ROWS - 1}, ${SHARDS.length}) as k;
   create table only${shard} (a int4)`;

interface Servers {
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

export class NumberShards {
  readonly #cluster: Servers;
  /** One connection to each server, beside the dispatchers'. */
  readonly #direct: readonly PostgresConnection[];
  #dispatchers: Dispatcher[] = [];
  /** Threads of this process that are alive, oldest first. */
  readonly threads: Worker[] = [];

  /** Fills servers, as many as `SHARDS`, and stops them at the end. */
  static async start(cluster: Servers): Promise<NumberShards> {
    const address = { connectTimeoutMs: HANG_MS, session: {}, readBytes: 0 };
    const opening = cluster.urls.map((url) => openConnection({ url, ...address }));
    const direct = await Promise.all(opening);
    await Promise.all(direct.map((connection, shard) => connection.command(tableOf(shard))));
    return new NumberShards(cluster, direct);
  }

  private constructor(cluster: Servers, direct: readonly PostgresConnection[]) {
    this.#cluster = cluster;
    this.#direct = direct;
    process.on('worker', (worker) => {
      this.threads.push(worker);
      worker.once('exit', () => this.threads.splice(this.threads.indexOf(worker), 1));
    });
  }

  get urls(): readonly string[] {
    return this.#cluster.urls;
  }

  async open(options: Partial<ConnectOptions> = {}): Promise<Dispatcher> {
    const dispatcher = newDispatcher({
      shards: this.urls.map((url, i) => ({ url, name: `s${i}` })),
      threads: 2,
      application_name: APPLICATION,
      ...options,
    });
    this.#dispatchers.push(dispatcher);
    await dispatcher.open();
    return dispatcher;
  }

  async closeAll(): Promise<void> {
    const dispatchers = this.#dispatchers;
    this.#dispatchers = [];
    await Promise.all(dispatchers.map((it) => it.close(() => new CancelledError('over'))));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#direct.map((connection) => connection.close()));
    await this.#cluster.stop();
  }

  /** Waits until so many of the dispatchers' sessions run something, on all servers. */
  async untilRunning(isWanted: (count: number) => boolean): Promise<void> {
    const deadline = performance.now() + HANG_MS;
    for (let count = await this.#running(); !isWanted(count); count = await this.#running()) {
      if (performance.now() > deadline) throw new Error(`still running: ${count}`);
    }
  }

  untilIdle(): Promise<void> {
    return this.untilRunning((count) => count === 0);
  }

  /** Ends the sessions of a shard that run something. */
  async terminate(shard: number): Promise<void> {
    await this.#ask(shard, 'pg_terminate_backend(pid)');
  }

  async #running(): Promise<number> {
    const counts = await Promise.all(SHARDS.map((shard) => this.#ask(shard, 'count(*)')));
    return counts.reduce((sum, [count]) => sum + Number(count), 0);
  }

  async #ask(shard: number, what: string): Promise<readonly (string | null)[]> {
    const those = `application_name = '${APPLICATION}' and state <> 'idle'`;
    const sql = `select ${what} from pg_stat_activity where ${those}`;
    return (this.#direct[shard] as PostgresConnection).command(sql);
  }
}

export function column(name: string, dataTypeID: number): ColumnDescription {
  const nowhere = { tableID: 0, columnID: 0, dataTypeSize: -1, dataTypeModifier: -1 };
  return { name, dataTypeID, ...nowhere };
}

/** What rows of `t` are. */
export const TYPED: { readonly columns: readonly ColumnDescription[] } = {
  columns: [column('k', 23), column('v', 20)],
};

export const GATHER: MergePlan = {
  combine: { kind: 'gather' },
  sort: [],
  limit: undefined,
  columns: [0, 1],
};
export const BY_KEY = {
  column: 0,
  order: 'value',
  descending: false,
  nullsFirst: false,
} as const;
export const ORDERED: MergePlan = { ...GATHER, combine: { kind: 'ordered', keys: [BY_KEY] } };

export function stepOf(
  sql: string,
  merge: MergePlan,
  shards: readonly number[] = SHARDS,
): PlanStep {
  return { parts: shards.map((shard) => ({ shard, sql })), merge };
}

export const ALL: PlanStep = stepOf('select k, v from t order by k', ORDERED);
/** As many rows as nobody reads; each shard's are sorted. */
export const ENDLESS = 'select generate_series(1, 2000000000) as k, 1::int8 as v';

export const keysOf = (rows: readonly unknown[][]): unknown[] => rows.map(([k]) => k);
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, k) => k);

export async function failureOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  const outcome = await promise.then(
    () => new Error('it should have failed'),
    (error: Error) => ({ error }),
  );
  if (outcome instanceof Error) throw outcome;
  return outcome.error;
}
