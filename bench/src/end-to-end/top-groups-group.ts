/** The first groups by an aggregate that have rows on every shard: all groups merged, against candidates named first. */
import { connect, type Database } from '@millrace/engine';
import {
  createTopGroups,
  fillTopGroups,
  topGroupsColumns,
  topGroupsTable,
} from '../dataset/top-groups-data.js';
import type { Machine } from '../harness/machine.js';
import { type Run, runRounds } from '../harness/rounds.js';
import { median, medianOf, pairedRatios } from '../harness/statistics.js';
import type { BenchOptions } from '../options.js';
import type { GroupReport } from '../report/group-report.js';
import { number, textTable } from '../report/text-table.js';
import { openShards } from '../servers/bench-shards.js';

/** What one run took. */
interface TopGroupsRun {
  readonly wallMs: number;
  /** Of the client, all its threads. */
  readonly cpuMs: number;
  readonly rows: number;
  readonly bytes: number;
  readonly answer: string;
}

const WAYS = ['never', 'always'] as const;
type Way = (typeof WAYS)[number];

const AGGREGATES = ['count(*)', 'sum(x)', 'max(v)'];
const ROWS = 10;

export async function topGroupsGroup(
  options: BenchOptions,
  _machine: Machine,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<GroupReport> {
  const servers = await openShards(options.shards, log);
  const databases: Database[] = [];
  try {
    const { urls } = servers;
    log(
      `top groups: ${options.rows} rows on each shard, ${servers.servers}, PostgreSQL ${servers.serverVersion}`,
    );
    await createTopGroups(urls);
    await fillTopGroups(urls, options.rows);
    const open = async (topK: Way | 'auto'): Promise<Database> => {
      const database = await connect({
        shards: urls,
        tables: { [topGroupsTable]: { key: 'id' } },
        topK,
      });
      databases.push(database);
      return database;
    };
    const [never, always, auto] = [await open('never'), await open('always'), await open('auto')];
    const cases: CaseReport[] = [];
    for (const { name: column } of topGroupsColumns) {
      for (const aggregate of AGGREGATES) {
        signal.throwIfAborted();
        const sql = `select ${column}, ${aggregate} from ${topGroupsTable} group by 1 order by 2 desc, 1 limit ${ROWS}`;
        const runs = await runRounds(WAYS, options.rounds, (way) =>
          runOnce(way === 'never' ? never : always, sql),
        );
        const { proof } = await auto.explain(sql);
        const taken = proof.some((reason) => reason.includes('only groups that may be'));
        cases.push({ name: `${column} ${aggregate}`, runs, chosen: taken ? 'candidates' : 'all' });
        log(`  ${column} ${aggregate}`);
      }
    }
    return report(cases);
  } finally {
    for (const database of databases) await database.close();
    await servers.stop();
  }
}

interface CaseReport {
  readonly name: string;
  readonly runs: readonly Run<TopGroupsRun>[];
  /** What the statistics choose. */
  readonly chosen: string;
}

async function runOnce(database: Database, sql: string): Promise<TopGroupsRun> {
  const before = process.cpuUsage();
  const start = performance.now();
  const { rows, stats } = await database.query(sql, [], { rowMode: 'array' });
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return {
    wallMs,
    cpuMs: (user + system) / 1000,
    rows: stats.shards.reduce((sum, shard) => sum + shard.rows, 0),
    bytes: stats.shards.reduce((sum, shard) => sum + shard.bytes, 0),
    answer: JSON.stringify(rows),
  };
}

function report(cases: readonly CaseReport[]): GroupReport {
  const lines = cases.map(({ name, runs, chosen }) => {
    const of = (way: Way, metric: (run: TopGroupsRun) => number): string =>
      number(medianOf(runs, way, metric));
    return [
      name,
      of('never', ({ wallMs }) => wallMs),
      of('always', ({ wallMs }) => wallMs),
      `${number(median(pairedRatios(runs, 'always', 'never', ({ wallMs }) => wallMs)))}×`,
      of('never', ({ cpuMs }) => cpuMs),
      of('always', ({ cpuMs }) => cpuMs),
      of('never', ({ bytes }) => bytes / 1e6),
      of('always', ({ bytes }) => bytes / 1e6),
      chosen,
    ];
  });
  const header = [
    '',
    'all ms',
    'candidates ms',
    'ratio',
    'all CPU ms',
    'CPU ms',
    'all MB',
    'MB',
    'auto',
  ];
  const failures = cases.flatMap(({ name, runs }) =>
    new Set(runs.map(({ outcome }) => outcome.answer)).size > 1 ? [`${name}: answers differ`] : [],
  );
  const figures = {
    rounds: cases.flatMap(({ name, chosen, runs }) =>
      runs.map(({ round, contender, outcome: { answer: _answer, ...outcome } }) => ({
        case: name,
        chosen,
        round: round + 1,
        contender,
        ...outcome,
      })),
    ),
  };
  return { group: 'top-groups', lines: textTable(header, lines), bars: [], failures, figures };
}
