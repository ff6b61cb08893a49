import { checksumDifferences } from '../checksum/gather-checksum.js';
import { serverChecksum } from '../checksum/server-checksum.js';
import { fillShard } from '../dataset/gather-data.js';
import { runInChild } from '../harness/child-process.js';
import type { Machine } from '../harness/machine.js';
import { type Run, runRounds } from '../harness/rounds.js';
import { median, medianOf, pairedRatios } from '../harness/statistics.js';
import type { BenchOptions } from '../options.js';
import type { GroupReport } from '../report/group-report.js';
import { number, textTable } from '../report/text-table.js';
import { createDatabases, openShards } from '../servers/bench-shards.js';
import type { ManyShardsInput, ManyShardsResult } from './many-shards-run.js';

/** The same rows over few and over many databases, all on one server, read by this many threads. */
interface Setting {
  readonly name: string;
  readonly shards: number;
  readonly threads: number;
}

const runModule = new URL('./many-shards-run.js', import.meta.url).href;

/** Many shards on one thread and on two: stream, cancel, leave the loop, close; and the time against four shards. */
export async function manyShardsGroup(
  options: BenchOptions,
  _machine: Machine,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<GroupReport> {
  const many = options.small ? 16 : 64;
  const totalRows = options.small ? 16_000 : 640_000;
  const settings: Setting[] = [1, 2].flatMap((threads) =>
    [4, many].map((shards) => ({ name: `${shards} on ${threads}`, shards, threads })),
  );
  const server = await openShards(1, log);
  const databases = await createDatabases(server.urls[0] as string, 4 + many);
  try {
    const { urls } = databases;
    log(
      `many shards: ${totalRows} rows over 4 and over ${many} databases, ${server.servers}, PostgreSQL ${server.serverVersion}`,
    );
    const urlsOf = (shards: number): readonly string[] =>
      shards === 4 ? urls.slice(0, 4) : urls.slice(4);
    for (const shards of [4, many]) await fillAll(urlsOf(shards), totalRows / shards);
    const expected = await serverChecksum(urlsOf(4));
    const failures: string[] = [];
    const runs = await runRounds(
      settings.map((setting) => setting.name),
      options.small ? 1 : options.rounds,
      async (name) => {
        signal.throwIfAborted();
        const { shards, threads } = settings.find((setting) => setting.name === name) as Setting;
        const input = { urls: urlsOf(shards), threads };
        const result = await runInChild<ManyShardsInput, ManyShardsResult>(
          runModule,
          input,
          options.timeoutMs,
        );
        failures.push(
          ...checksumDifferences(expected, result.checksum).map(
            (difference) => `${name}: ${difference}`,
          ),
        );
        return result;
      },
    );
    return { ...report(settings, runs), failures };
  } finally {
    await databases.drop();
    await server.stop();
  }
}

/** Four at a time: a server takes a hundred connections by default, and creating is not what is measured. */
async function fillAll(urls: readonly string[], rows: number): Promise<void> {
  for (let first = 0; first < urls.length; first += 4) {
    const next = urls.slice(first, first + 4);
    await Promise.all(
      next.map((url, index) => fillShard(url, { shard: first + index, shards: urls.length, rows })),
    );
  }
}

function report(
  settings: readonly Setting[],
  runs: readonly Run<ManyShardsResult>[],
): Omit<GroupReport, 'failures'> {
  const cell = (name: string, metric: (result: ManyShardsResult) => number): string =>
    number(medianOf(runs, name, metric));
  const rows = settings.map(({ name, shards, threads }) => [
    `${shards} shards, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    cell(name, (result) => result.connectMs),
    cell(name, (result) => result.streamMs),
    `${number(streamRatio(runs, name, threads))}×`,
    cell(name, (result) => result.cancelMs),
    cell(name, (result) => result.breakMs),
    cell(name, (result) => result.closeMs),
    cell(name, (result) => result.peakRssBytes / 1e6),
  ]);
  const header = [
    '',
    'connect ms',
    'stream ms',
    'to 4 shards',
    'cancel ms',
    'leave ms',
    'close ms',
    'peak MB',
  ];
  const figures = {
    rounds: runs.map(({ round, contender, outcome }) => ({
      round: round + 1,
      contender,
      ...outcome,
    })),
  };
  return { group: 'many-shards', lines: textTable(header, rows), bars: [], figures };
}

function streamRatio(
  runs: readonly Run<ManyShardsResult>[],
  name: string,
  threads: number,
): number {
  return median(pairedRatios(runs, name, `4 on ${threads}`, (result) => result.streamMs));
}
