import type { Machine } from '../harness/machine.js';
import type { BenchOptions } from '../options.js';
import { gatherChart } from '../report/gather-chart.js';
import { gatherBars, strictFloor, summarizeGather } from '../report/gather-summary.js';
import { gatherText } from '../report/gather-text.js';
import type { GroupReport } from '../report/group-report.js';
import { runGather } from './gather.js';

/** The gather case, run and reported. */
export async function gatherGroup(
  options: BenchOptions,
  machine: Machine,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<GroupReport> {
  const result = await runGather({ ...options, log }, signal);
  const summaries = summarizeGather(result);
  const { rows, shards, serverVersion, servers, expected, verifications, runs } = result;
  return {
    group: 'gather',
    lines: gatherText(result, summaries),
    bars: gatherBars(summaries),
    failures: verifications.flatMap(({ contender, differences }) =>
      differences.map((difference) => `${contender}: ${difference}`),
    ),
    figures: {
      rows,
      shards,
      serverVersion,
      servers,
      strictFloor: strictFloor(result),
      expected,
      verifications,
      summaries,
      rounds: runs.map(({ round, contender, outcome }) => ({
        round: round + 1,
        contender,
        ...outcome,
      })),
    },
    chart: gatherChart(result, summaries, machine),
  };
}
