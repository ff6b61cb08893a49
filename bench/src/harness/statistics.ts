import type { Run } from './rounds.js';

/** The middle value; the mean of the two middle ones when their number is even. NaN for no values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * The ratio of two contenders in each round that both ran: runs of one round saw the same machine, so slow minutes
 * cancel out. What counts is the median of these.
 */
export function pairedRatios<Outcome>(
  runs: readonly Run<Outcome>[],
  contender: string,
  against: string,
  metric: (outcome: Outcome) => number,
): number[] {
  const others = new Map(
    runs.filter((run) => run.contender === against).map((run) => [run.round, run.outcome]),
  );
  return runs.flatMap((run) => {
    const other = others.get(run.round);
    return run.contender === contender && other !== undefined
      ? [metric(run.outcome) / metric(other)]
      : [];
  });
}

/** The median of a metric over a contender's runs. */
export function medianOf<Outcome>(
  runs: readonly Run<Outcome>[],
  contender: string,
  metric: (outcome: Outcome) => number,
): number {
  return median(
    runs.filter((run) => run.contender === contender).map((run) => metric(run.outcome)),
  );
}
