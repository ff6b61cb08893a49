import { rowsDifference, type TextRow, textRows } from '../checksum/sql-rows.js';
import { loadEvents, withClient } from '../dataset/events-data.js';
import { type SqlQuery, type SqlQueryName, sqlQueries } from '../dataset/sql-queries.js';
import { runInChild } from '../harness/child-process.js';
import { type Run, runRounds } from '../harness/rounds.js';
import type { BenchOptions } from '../options.js';
import type { SqlTarget } from '../peers/sql-contender.js';
import { attachForeignTables, hasPlProxy, openSqlServers } from '../servers/sql-servers.js';
import { type SqlContenderEntry, sqlContenders } from './sql-contenders.js';
import type { PlanResult, PrunedResult, SqlLatencyInput } from './sql-latency-run.js';
import type { SqlRunInput, SqlRunResult } from './sql-run.js';

/** Everything the SQL case found. */
export interface SqlResult {
  readonly setting: {
    readonly rows: number;
    readonly shards: number;
    readonly serverVersion: string;
    readonly servers: string;
  };
  /** Who could not take part, and why. */
  readonly notes: readonly string[];
  readonly contenders: readonly string[];
  readonly runs: Readonly<Partial<Record<SqlQueryName, readonly Run<SqlOutcome>[]>>>;
  readonly pruned: readonly PrunedResult[];
  readonly plans: readonly PlanResult[];
  readonly failures: readonly string[];
}

/** A run whose rows have been compared. */
export type SqlOutcome = Omit<SqlRunResult, 'rows'>;

interface Setup {
  readonly options: BenchOptions;
  readonly target: SqlTarget;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  readonly failures: string[];
}

const runModule = new URL('./sql-run.js', import.meta.url).href;
const latencyModule = new URL('./sql-latency-run.js', import.meta.url).href;

/** Loads the rows, then runs every statement through every contender in turns; each answer is compared with one database's. */
export async function runSql(
  options: BenchOptions,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<SqlResult> {
  const servers = await openSqlServers(options.shards, log);
  try {
    const { urls, single, coordinator, serverVersion } = servers;
    const setting = {
      rows: options.rows,
      shards: urls.length,
      serverVersion,
      servers: servers.servers,
    };
    log(
      `sql: ${urls.length} × ${options.rows} rows, ${servers.servers}, PostgreSQL ${serverVersion}`,
    );
    await loadEvents({ single, shards: urls, rows: options.rows * urls.length });
    const setup: Setup = {
      options,
      target: { shards: urls, single, coordinator },
      log,
      signal,
      failures: [],
    };
    const { contenders, notes } = await takePart(setup);
    const runs: Partial<Record<SqlQueryName, Run<SqlOutcome>[]>> = {};
    for (const query of sqlQueries) runs[query.name] = await timeQuery(query, contenders, setup);
    const ours = contenders.some(({ name }) => name === 'millrace');
    const pruned = ours ? await latencies<PrunedResult>('pruned', setup) : [];
    const plans = ours ? await latencies<PlanResult>('plan', setup) : [];
    const names = contenders.map(({ name }) => name);
    return { setting, notes, contenders: names, runs, pruned, plans, failures: setup.failures };
  } finally {
    await servers.stop();
  }
}

async function takePart({
  options: { only },
  target,
}: Setup): Promise<{ contenders: readonly SqlContenderEntry[]; notes: readonly string[] }> {
  const unknown = only.filter((name) => !sqlContenders.some((known) => known.name === name));
  if (unknown.length > 0) {
    const known = sqlContenders.map(({ name }) => name).join(', ');
    throw new RangeError(`no contender ${unknown.join(', ')}; there are ${known}`);
  }
  const asked = sqlContenders.filter(({ name }) => only.length === 0 || only.includes(name));
  const notes: string[] = [];
  const noForeignTables = asked.some(({ name }) => name === 'postgres_fdw')
    ? await attachForeignTables(target.coordinator, target.shards)
    : undefined;
  if (noForeignTables !== undefined) notes.push(`postgres_fdw takes no part: ${noForeignTables}`);
  notes.push(
    (await hasPlProxy(target.coordinator))
      ? 'PL/Proxy is installed, but no contender: there is none for it yet'
      : 'PL/Proxy takes no part: it is not installed on these servers',
  );
  const contenders = asked.filter(
    ({ name }) => name !== 'postgres_fdw' || noForeignTables === undefined,
  );
  return { contenders, notes };
}

async function timeQuery(
  query: SqlQuery,
  contenders: readonly SqlContenderEntry[],
  { options, target, log, signal, failures }: Setup,
): Promise<Run<SqlOutcome>[]> {
  const expected = await oneDatabase(query, target);
  const modules = new Map<string, string>(contenders.map(({ name, module }) => [name, module]));
  return runRounds([...modules.keys()], options.rounds, async (name, round) => {
    signal.throwIfAborted();
    const input = { module: modules.get(name) as string, target, query: query.name };
    const { rows, ...outcome } = await runInChild<SqlRunInput, SqlRunResult>(
      runModule,
      input,
      options.timeoutMs,
    );
    log(`  ${query.name}, round ${round + 1}, ${name}: ${outcome.wallMs.toFixed(1)} ms`);
    const difference =
      name === 'floor'
        ? countDifference(expected.partialRows, outcome.rowCount)
        : rowsDifference(expected.rows, rows, query);
    if (difference !== undefined) failures.push(`${query.name}, ${name}: ${difference}`);
    return outcome;
  });
}

/** The answer that counts, and how many rows the shards' parts of it have. */
async function oneDatabase(
  query: SqlQuery,
  { single, shards }: SqlTarget,
): Promise<{ rows: readonly TextRow[]; partialRows: number }> {
  const { rows } = await withClient(single, (client) =>
    client.query<unknown[]>({ text: query.sql, rowMode: 'array' }),
  );
  const counts = await Promise.all(
    shards.map((url) =>
      withClient(url, async (client) => (await client.query(query.partial)).rows.length),
    ),
  );
  const partialRows = counts.reduce((sum, count) => sum + count, 0);
  return { rows: textRows(rows, query), partialRows };
}

function countDifference(expected: number, actual: number): string | undefined {
  return expected === actual ? undefined : `${actual} rows of ${expected}`;
}

async function latencies<Result>(
  kind: SqlLatencyInput['kind'],
  { options, target, log, signal }: Setup,
): Promise<Result[]> {
  const most = { pruned: 2000, plan: 100 }[kind];
  const input = { kind, shards: target.shards, statements: options.small ? 20 : most };
  const results: Result[] = [];
  for (let round = 0; round < options.rounds; round++) {
    signal.throwIfAborted();
    results.push(
      await runInChild<SqlLatencyInput, Result>(latencyModule, input, options.timeoutMs),
    );
    log(`  ${kind}, round ${round + 1}`);
  }
  return results;
}
