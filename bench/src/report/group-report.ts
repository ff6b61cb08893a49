import type { Bar } from './bar.js';
import type { Chart } from './bar-chart.js';

/** What a benchmark hands over for printing and writing. */
export interface GroupReport {
  readonly group: string;
  /** Tables for people. */
  readonly lines: readonly string[];
  readonly bars: readonly Bar[];
  /** What is wrong with the results themselves: differing checksums, lost rows, no end. Makes the run fail. */
  readonly failures: readonly string[];
  /** All figures, for machines. */
  readonly figures: Readonly<Record<string, unknown>>;
  readonly chart?: Chart;
}
