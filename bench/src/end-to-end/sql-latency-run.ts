/** Small times of the SQL case, in a child process: a statement for one shard, and planning. */
import type { Database } from '@millrace/engine';
import pg from 'pg';
import { eventsTable } from '../dataset/events-table.js';
import { plannedQuery, userQuery } from '../dataset/sql-queries.js';
import { median } from '../harness/statistics.js';
import { connectEvents } from '../ours/sql.js';

/** What the child is told. */
export interface SqlLatencyInput {
  readonly kind: 'pruned' | 'plan';
  readonly shards: readonly string[];
  readonly statements: number;
}

/** Medians of a statement that one shard answers, in milliseconds, taken in turns. */
export interface PrunedResult {
  readonly oursMs: number;
  /** `pg`'s, on a connection to that shard. */
  readonly pgMs: number;
  /** The median of the differences of each pair. */
  readonly differenceMs: number;
}

/** `stats.planMs`, in milliseconds. */
export interface PlanResult {
  /** Of the first statement after `connect`. */
  readonly coldMs: number;
  /** Of texts that are new, when others have been planned: the median. */
  readonly newTextMs: number;
  /** Of a text that was planned before: the median. */
  readonly warmMs: number;
}

export async function run(input: SqlLatencyInput): Promise<PrunedResult | PlanResult> {
  const database = await connectEvents(input.shards);
  try {
    return await (input.kind === 'pruned' ? pruned(database, input) : planning(database, input));
  } finally {
    await database.close();
  }
}

async function planning(database: Database, { statements }: SqlLatencyInput): Promise<PlanResult> {
  const plan = async (variant: number): Promise<number> =>
    (await database.query(plannedQuery(variant))).stats.planMs;
  const coldMs = await plan(0);
  const newTexts: number[] = [];
  for (let variant = 1; variant <= statements; variant++) newTexts.push(await plan(variant));
  const known: number[] = [];
  for (let turn = 0; turn < statements; turn++) known.push(await plan(statements));
  return { coldMs, newTextMs: median(newTexts), warmMs: median(known) };
}

async function pruned(
  database: Database,
  { shards, statements }: SqlLatencyInput,
): Promise<PrunedResult> {
  const clients = shards.map((url) => new pg.Client(url));
  await Promise.all(clients.map((client) => client.connect()));
  const users = await Promise.all(clients.map(someUsers));
  const ours: number[] = [];
  const direct: number[] = [];
  for (let turn = -Math.trunc(statements / 2); turn < statements; turn++) {
    const shard = Math.abs(turn) % shards.length;
    const mine = users[shard] as readonly string[];
    const user = mine[Math.abs(turn) % mine.length] as string;
    const start = performance.now();
    const answer = await database.query(userQuery, [user]);
    const between = performance.now();
    const expected = await (clients[shard] as pg.Client).query(userQuery, [user]);
    const end = performance.now();
    if (JSON.stringify(answer.rows) !== JSON.stringify(expected.rows))
      throw new Error(`user ${user}: another answer than that of shard ${shard}`);
    if (answer.stats.shards.length !== 1) throw new Error(`user ${user}: not one shard was asked`);
    if (turn < 0) continue;
    ours.push(between - start);
    direct.push(end - between);
  }
  await Promise.all(clients.map((client) => client.end()));
  const differences = ours.map((ms, turn) => ms - (direct[turn] as number));
  return { oursMs: median(ours), pgMs: median(direct), differenceMs: median(differences) };
}

async function someUsers(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ user_id: string }>(
    `select distinct user_id from ${eventsTable} order by user_id limit 100`,
  );
  return rows.map((row) => row.user_id);
}
