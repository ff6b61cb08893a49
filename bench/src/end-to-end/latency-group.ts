import { fillShard } from '../dataset/gather-data.js';
import { runInChild } from '../harness/child-process.js';
import type { Machine } from '../harness/machine.js';
import { type Run, runRounds } from '../harness/rounds.js';
import { median, medianOf, pairedRatios } from '../harness/statistics.js';
import type { BenchOptions } from '../options.js';
import { atMost, type Bar } from '../report/bar.js';
import type { GroupReport } from '../report/group-report.js';
import { number, textTable } from '../report/text-table.js';
import { openShards } from '../servers/bench-shards.js';
import type { FirstRowResult, LatencyRunInput, OneRowResult } from './latency-run.js';

const runModule = new URL('./latency-run.js', import.meta.url).href;
const firstRowModules: Readonly<Record<string, string>> = {
  skeleton: new URL('../peers/skeleton.js', import.meta.url).href,
  millrace: new URL('../ours/first-row.js', import.meta.url).href,
};
const rowsPerShard = 10_000;

/** Connecting to the first row, against the bare skeleton; and a one-row query over open connections, against `pg`. */
export async function latencyGroup(
  options: BenchOptions,
  _machine: Machine,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<GroupReport> {
  const shards = await openShards(options.shards, log);
  try {
    const { urls, serverVersion, servers } = shards;
    log(`latency: ${urls.length} shards, ${servers}, PostgreSQL ${serverVersion}`);
    await Promise.all(
      urls.map((url, shard) => fillShard(url, { shard, shards: urls.length, rows: rowsPerShard })),
    );
    const child = <Result>(input: LatencyRunInput): Promise<Result> => {
      signal.throwIfAborted();
      return runInChild<LatencyRunInput, Result>(runModule, input, options.timeoutMs);
    };
    const names = Object.keys(firstRowModules).filter(
      (name) => options.only.length === 0 || options.only.includes(name),
    );
    const firstRows = await runRounds(names, options.small ? 2 : options.rounds * 3, (name) =>
      child<FirstRowResult>({ kind: 'first-row', module: firstRowModules[name] as string, urls }),
    );
    const oneRows: OneRowResult[] = [];
    for (let round = 0; names.includes('millrace') && round < options.rounds; round++) {
      const [queries, warmUp] = options.small ? [50, 20] : [2000, 1000];
      oneRows.push(await child<OneRowResult>({ kind: 'one-row', urls, queries, warmUp }));
    }
    return report(firstRows, oneRows, { serverVersion, servers, shards: urls.length });
  } finally {
    await shards.stop();
  }
}

function report(
  firstRows: readonly Run<FirstRowResult>[],
  oneRows: readonly OneRowResult[],
  setting: Readonly<Record<string, unknown>>,
): GroupReport {
  const firstRowMs = (outcome: FirstRowResult): number => outcome.firstRowMs;
  const ratio = median(pairedRatios(firstRows, 'millrace', 'skeleton', firstRowMs));
  const slowestShard = (result: OneRowResult): number => Math.max(...result.shardMs);
  const overheadMs = median(oneRows.map((result) => result.oursMs - slowestShard(result)));
  const bars: Bar[] = [
    atMost('connect to first row over the skeleton', ratio, 1.5, '×'),
    atMost('one-row query over the slowest shard alone', overheadMs, 1, ' ms'),
  ].filter((bar) => !Number.isNaN(bar.value));
  const medianMs = (metric: (result: OneRowResult) => number): string =>
    number(median(oneRows.map(metric)));
  return {
    group: 'latency',
    lines: [
      `latency: ${setting.shards} shards, PostgreSQL ${setting.serverVersion}, ${setting.servers}`,
      '',
      ...textTable(
        ['connect to first row', 'ms'],
        ['skeleton', 'millrace'].map((name) => [
          name,
          number(medianOf(firstRows, name, firstRowMs)),
        ]),
      ),
      '',
      ...textTable(
        ['one row, connections open', 'ms'],
        [
          ['millrace, all shards', medianMs((result) => result.oursMs)],
          ['pg, the slowest shard alone', medianMs(slowestShard)],
          ['pg, all shards, Promise.all', medianMs((result) => result.allShardsMs)],
        ],
      ),
    ],
    bars,
    failures: [],
    figures: { ...setting, firstRows, oneRows, firstRowRatio: ratio, oneRowOverheadMs: overheadMs },
  };
}
