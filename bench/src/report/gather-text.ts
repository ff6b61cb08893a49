import type { GatherResult } from '../end-to-end/gather.js';
import { type GatherSummary, strictFloor } from './gather-summary.js';
import { number, textTable } from './text-table.js';

/** The tables of the gather case, for people. */
export function gatherText(result: GatherResult, summaries: readonly GatherSummary[]): string[] {
  const wireBytes =
    summaries.find((summary) => summary.name === strictFloor(result))?.wireBytes ?? Number.NaN;
  const rows = result.expected.rows?.values ?? 0;
  const rounds = new Set(result.runs.map((run) => run.round)).size;
  return [
    `gather: ${result.shards} shards × ${result.rows} rows × 10 columns; ` +
      `${number(wireBytes / 1e6)} MB on the wire (${number(wireBytes / rows)} bytes a row)`,
    `PostgreSQL ${result.serverVersion}, ${result.servers}; medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}; ratios are medians of pairs`,
    '',
    ...textTable(
      [
        'contender',
        'wall ms',
        'CPU ms',
        'connect ms',
        'touch ms',
        'peak MB',
        'loop p50',
        'p99',
        'max ms',
      ],
      summaries.map((summary) => [
        summary.name,
        number(summary.wallMs),
        number(summary.cpuMs),
        number(summary.connectMs),
        number(summary.touchMs),
        number(summary.peakRssBytes / 1e6),
        number(summary.loopP50Ms),
        number(summary.loopP99Ms),
        number(summary.loopMaxMs),
      ]),
    ),
    '',
    ...textTable(
      [
        'contender',
        `wall / ${strictFloor(result)}`,
        'CPU / floor',
        'faster than pg',
        'less CPU than pg',
        'checksum',
      ],
      summaries.map((summary) => [
        summary.name,
        `${number(summary.wallToFloor)}×`,
        `${number(summary.cpuToFloor)}×`,
        `${number(summary.fasterThanPg)}×`,
        `${number(summary.lessCpuThanPg)}×`,
        verdict(result, summary),
      ]),
    ),
  ];
}

function verdict(result: GatherResult, summary: GatherSummary): string {
  const verification = result.verifications.find(({ contender }) => contender === summary.name);
  if (verification === undefined) return 'not checked';
  if (verification.differences.length > 0) return 'DIFFERS';
  return summary.kind === 'floor' ? 'rows equal' : 'equal';
}
