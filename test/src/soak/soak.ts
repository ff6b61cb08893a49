/**
 * Many mixed statements, disturbed at random, and what the process holds meanwhile. Whatever grows between the second
 * quarter of a run and its last one is a leak.
 */
import { connect, type Database } from '@millrace/engine';
import { allSessionsOf } from '../support/activity.js';
import { askAll } from '../support/ask.js';
import { within } from '../support/eventually.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { seedOf } from '../support/seed.js';
import { startOwnShards } from '../support/start-shards.js';
import { type Census, medianOf, takeCensus } from './census.js';
import { nextDisturbance } from './disturbances.js';
import { nextWork } from './workload.js';

export interface SoakOptions {
  readonly statements: number;
  readonly seed: number;
  /** Figures that must not grow. */
  readonly flat: readonly (keyof Census)[];
  readonly progress?: (done: number, census: Census) => void;
}

export interface SoakReport {
  /** How statements ended, and how often. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Medians of the second and of the last quarter. */
  readonly figures: Readonly<Record<string, readonly [second: number, last: number]>>;
  /** Lines that the proxy has broken. */
  readonly struck: number;
  readonly violations: readonly string[];
}

const APPLICATION = 'millrace-soak';
const UNION = { mode: 'union' } as const;
const SHARDS = 2;
const LANES = 4;
/** Censuses of a run at most, and statements between two at least. */
const MOST_ROUNDS = 80;
const LEAST_STATEMENTS = 50;
/** A server has so long to notice that a session has ended. */
const NOTICE_MS = 2_000;
const MOST_GROWTH = 1.05;
const HANG_MS = 60_000;
/** How a statement may end that was disturbed. */
const EXPECTED = new Set(['right', 'CancelledError', 'TimeoutError', 'ShardError']);

export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const cluster = await startOwnShards(SHARDS, { host: 'tcp' });
  let proxy: FaultProxy | undefined;
  let db: Database | undefined;
  try {
    await askAll(cluster.urls, 'create unlogged table journal (n int)');
    proxy = await FaultProxy.start(cluster.urls[1] as string);
    const shards = [cluster.urls[0] as string, proxy.url];
    db = await connect({ shards, connectionsPerShard: LANES, application_name: APPLICATION });
    return await soak(options, { db, proxy, urls: cluster.urls });
  } finally {
    await db?.close();
    await proxy?.close();
    await cluster.stop();
  }
}

interface Stage {
  readonly db: Database;
  readonly proxy: FaultProxy;
  readonly urls: readonly string[];
}

async function soak(options: SoakOptions, { db, proxy, urls }: Stage): Promise<SoakReport> {
  const { statements, seed, progress } = options;
  const random = seedOf(seed);
  const { signal } = new AbortController();
  const outcomes: Record<string, number> = {};
  const violations: string[] = [];
  const onRejection = (reason: unknown): number => violations.push(`unhandled: ${String(reason)}`);
  process.on('unhandledRejection', onRejection);
  const one = async (): Promise<void> => {
    const work = nextWork({ shardCount: SHARDS, random });
    const { over, ...how } = nextDisturbance({
      random,
      proxy,
      urls,
      application: APPLICATION,
      signal,
    });
    const outcome = await within(HANG_MS, 'a statement', work(db, { ...UNION, ...how })).then(
      () => 'right',
      (error: Error) => {
        if (!EXPECTED.has(error.name)) violations.push(`${error.name}: ${error.message}`);
        return error.name;
      },
    );
    over();
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  };
  const censuses: Census[] = [];
  let done = 0;
  const rounds = Math.min(MOST_ROUNDS, Math.ceil(statements / LEAST_STATEMENTS));
  for (let round = 1; round <= rounds; round++) {
    const until = Math.round((statements * round) / rounds);
    const lane = async (): Promise<void> => {
      while (done < until) {
        done++;
        await one();
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    proxy.disarm();
    censuses.push(await census(db, urls, signal));
    progress?.(done, censuses.at(-1) as Census);
  }
  process.off('unhandledRejection', onRejection);
  const figures = quarters(censuses);
  return {
    outcomes,
    figures,
    struck: proxy.struck,
    violations: [...violations, ...growth(figures, options.flat), ...excess(censuses)],
  };
}

/** With as many connections open as there may be, so that censuses compare. */
async function census(db: Database, urls: readonly string[], signal: AbortSignal): Promise<Census> {
  const all = (): Promise<unknown> =>
    Promise.all(
      Array.from({ length: LANES }, () =>
        db.query('select pg_sleep(0.01)', [], { ...UNION, signal }),
      ),
    );
  // A session that was ended a moment ago may show it only now.
  await all().catch(all);
  return takeCensus({
    signal,
    sessions: () => settledSessions(urls),
  });
}

/** As soon as they are as they should be, or what they are when there was time enough for it. */
async function settledSessions(urls: readonly string[]): Promise<{ all: number; busy: number }> {
  const deadline = performance.now() + NOTICE_MS;
  for (;;) {
    const sessions = await allSessionsOf(urls, APPLICATION);
    const busy = sessions.filter(({ state }) => state !== 'idle').length;
    const good = busy === 0 && sessions.length <= SHARDS * LANES;
    if (good || performance.now() > deadline) return { all: sessions.length, busy };
  }
}

function quarters(censuses: readonly Census[]): SoakReport['figures'] {
  const quarter = censuses.length / 4;
  const second = censuses.slice(quarter, 2 * quarter);
  const last = censuses.slice(3 * quarter);
  const names = Object.keys(censuses[0] as Census) as (keyof Census)[];
  return Object.fromEntries(
    names.map((name) => [name, [medianOf(second, name), medianOf(last, name)] as const]),
  );
}

function growth(figures: SoakReport['figures'], flat: readonly (keyof Census)[]): string[] {
  return flat.flatMap((name) => {
    const [second, last] = figures[name] as readonly [number, number];
    if (last <= second * MOST_GROWTH) return [];
    return [`${name} grew from ${second.toFixed(1)} to ${last.toFixed(1)}`];
  });
}

function excess(censuses: readonly Census[]): string[] {
  const most = Math.max(...censuses.map(({ sessions }) => sessions));
  const busy = censuses.filter(({ busySessions }) => busySessions > 0).length;
  return [
    ...(most > SHARDS * LANES ? [`${most} sessions where ${SHARDS * LANES} are allowed`] : []),
    ...(busy > 0 ? [`sessions were busy at ${busy} censuses, when nothing was under way`] : []),
  ];
}
