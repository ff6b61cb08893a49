import type { GatherResult } from '../end-to-end/gather.js';
import { strictFloors } from '../end-to-end/gather-contenders.js';
import type { GatherRunResult } from '../end-to-end/gather-run.js';
import { median, medianOf, pairedRatios } from '../harness/statistics.js';
import { atLeast, atMost, type Bar } from './bar.js';

type Metric = (outcome: GatherRunResult) => number;

const wall: Metric = (outcome) => outcome.wallMs;
const cpu: Metric = (outcome) => outcome.cpuMs;

/** One contender's medians over the rounds, and the medians of its paired ratios. NaN where the other did not run. */
export interface GatherSummary {
  readonly name: string;
  readonly kind: 'floor' | 'ours' | 'peer';
  readonly label: string;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly connectMs: number;
  readonly touchMs: number;
  readonly peakRssBytes: number;
  readonly loopP50Ms: number;
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  readonly wireBytes: number;
  /** Its wall time over the strict floor's, and its CPU time over the strict floor's. */
  readonly wallToFloor: number;
  readonly cpuToFloor: number;
  /** pg's wall time over its own, and pg's CPU time over its own: how many times better than pg. */
  readonly fasterThanPg: number;
  readonly lessCpuThanPg: number;
}

/** The contender that the floor ratios are taken against: the strict floor with the lower median wall time. */
export function strictFloor(result: GatherResult): string {
  const walls = strictFloors.map((name) => ({ name, wallMs: medianOf(result.runs, name, wall) }));
  const ran = walls
    .filter(({ wallMs }) => Number.isFinite(wallMs))
    .toSorted((a, b) => a.wallMs - b.wallMs);
  return ran[0]?.name ?? 'floor-wire';
}

/** A summary for each contender that was timed. */
export function summarizeGather(result: GatherResult): GatherSummary[] {
  const { runs } = result;
  const floor = strictFloor(result);
  const ratio = (name: string, against: string, metric: Metric): number =>
    median(pairedRatios(runs, name, against, metric));
  return result.contenders.map(({ name, kind, label }) => {
    const of = (metric: Metric): number => medianOf(runs, name, metric);
    return {
      name,
      kind,
      label,
      wallMs: of(wall),
      cpuMs: of(cpu),
      connectMs: of((outcome) => outcome.connectMs),
      touchMs: of((outcome) => outcome.gathered.touchMs),
      peakRssBytes: of((outcome) => outcome.peakRssBytes),
      loopP50Ms: of((outcome) => outcome.loopDelayMs.p50),
      loopP99Ms: of((outcome) => outcome.loopDelayMs.p99),
      loopMaxMs: of((outcome) => outcome.loopDelayMs.max),
      wireBytes: of((outcome) => outcome.gathered.bytes ?? Number.NaN),
      wallToFloor: ratio(name, floor, wall),
      cpuToFloor: ratio(name, floor, cpu),
      fasterThanPg: ratio('pg', name, wall),
      lessCpuThanPg: ratio('pg', name, cpu),
    };
  });
}

/** The bars of the gather case that the contenders present allow to judge. */
export function gatherBars(summaries: readonly GatherSummary[]): Bar[] {
  const stream = summaries.find((summary) => summary.name === 'stream');
  const rows = summaries.find((summary) => summary.name === 'rows');
  const bars: Bar[] = [];
  if (stream !== undefined) {
    bars.push(
      atMost('stream: wall over the strict floor', stream.wallToFloor, 1.3, '×'),
      atLeast('stream: faster than pg', stream.fasterThanPg, 7, '×'),
      atLeast("stream: pg's client CPU over ours", stream.lessCpuThanPg, 8, '×'),
      atMost('stream: peak memory', stream.peakRssBytes / 1e6, 250, ' MB'),
      atMost('stream: event loop p99', stream.loopP99Ms, 10, ' ms'),
    );
  }
  if (rows !== undefined) {
    bars.push(
      atLeast('rows: faster than pg', rows.fasterThanPg, 2.5, '×'),
      atMost('rows: event loop p99', rows.loopP99Ms, 20, ' ms'),
    );
  }
  return bars.filter((bar) => !Number.isNaN(bar.value));
}
