/** One run of the latency cases, in a child process. */
import pg from 'pg';
import { gatherTable } from '../dataset/gather-columns.js';
import { median } from '../harness/statistics.js';

/** What the child is told. */
export type LatencyRunInput =
  | { readonly kind: 'first-row'; readonly module: string; readonly urls: readonly string[] }
  | {
      readonly kind: 'one-row';
      readonly urls: readonly string[];
      readonly queries: number;
      readonly warmUp: number;
    };

/** From the call to connect to the first row. */
export interface FirstRowResult {
  readonly firstRowMs: number;
}

/** Medians of one-row queries over open connections, each taken in turns with the others. */
export interface OneRowResult {
  /** Ours, over all shards. */
  readonly oursMs: number;
  /** `pg`'s, each shard asked alone. */
  readonly shardMs: readonly number[];
  /** `pg`'s, all shards at once with `Promise.all`. */
  readonly allShardsMs: number;
}

/** Connects to every shard, asks for one row of each, returns as soon as the first is there; `close` ends it. */
export interface FirstRowContender {
  firstRow(urls: readonly string[]): Promise<{ close(): Promise<void> }>;
}

const oneRowQuery = `select id, city, reference from ${gatherTable} where id = $1`;

export async function run(input: LatencyRunInput): Promise<FirstRowResult | OneRowResult> {
  return input.kind === 'first-row' ? firstRow(input.module, input.urls) : oneRow(input);
}

/** The clock starts when the module is loaded: what is compared is connecting, not the size of a package. */
async function firstRow(module: string, urls: readonly string[]): Promise<FirstRowResult> {
  const { contender } = (await import(module)) as { contender: FirstRowContender };
  const start = performance.now();
  const opened = await contender.firstRow(urls);
  const firstRowMs = performance.now() - start;
  await opened.close();
  return { firstRowMs };
}

async function oneRow(input: LatencyRunInput & { kind: 'one-row' }): Promise<OneRowResult> {
  const { connectReady } = await import('../ours/engine.js');
  const database = await connectReady(input.urls);
  const clients = input.urls.map((url) => new pg.Client(url));
  await Promise.all(clients.map((client) => client.connect()));
  const ours: number[] = [];
  const allShards: number[] = [];
  const shards = clients.map((): number[] => []);
  for (let index = -input.warmUp; index < input.queries; index++) {
    const id = String(Math.max(index, 0) % 100);
    const askAlone = (client: pg.Client): Promise<number> =>
      rowCount(client.query(oneRowQuery, [id]));
    const oursMs = await timed(
      () => rowCount(database.query(oneRowQuery, [id], { mode: 'union' })),
      1,
    );
    const allMs = await timed(async () => sum(await Promise.all(clients.map(askAlone))), 1);
    const shardMs: number[] = [];
    for (const client of clients) shardMs.push(await timed(() => askAlone(client)));
    if (index < 0) continue;
    ours.push(oursMs);
    allShards.push(allMs);
    for (const [shard, ms] of shardMs.entries()) shards[shard]?.push(ms);
  }
  await Promise.all([database.close(), ...clients.map((client) => client.end())]);
  return { oursMs: median(ours), shardMs: shards.map(median), allShardsMs: median(allShards) };
}

async function rowCount(result: Promise<{ rows: readonly unknown[] }>): Promise<number> {
  return (await result).rows.length;
}

async function timed(ask: () => Promise<number>, expectedRows?: number): Promise<number> {
  const start = performance.now();
  const rows = await ask();
  const ms = performance.now() - start;
  if (expectedRows !== undefined && rows !== expectedRows)
    throw new Error(`${rows} rows came of ${expectedRows}`);
  return ms;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
