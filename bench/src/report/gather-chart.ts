import type { GatherResult } from '../end-to-end/gather.js';
import type { Machine } from '../harness/machine.js';
import type { Chart, ChartPanel } from './bar-chart.js';
import type { GatherSummary } from './gather-summary.js';

/** The gather case as a chart: wall time and client CPU of each contender, with its ratio to pg where pg ran. */
export function gatherChart(
  result: GatherResult,
  summaries: readonly GatherSummary[],
  machine: Machine,
): Chart {
  const rows = (result.expected.rows?.values ?? 0).toLocaleString('en-US');
  return {
    title: `Reading ${rows} rows from ${result.shards} PostgreSQL shards`,
    subtitle: `10 columns · Node ${machine.node} · PostgreSQL ${result.serverVersion} · ${machine.cores} cores, shared with the servers · shorter is better`,
    panels: [
      panel(
        'Wall time',
        summaries,
        (summary) => summary.wallMs,
        (summary) => summary.fasterThanPg,
      ),
      panel(
        'Client CPU time, all threads',
        summaries,
        (summary) => summary.cpuMs,
        (summary) => summary.lessCpuThanPg,
      ),
    ],
  };
}

function panel(
  title: string,
  summaries: readonly GatherSummary[],
  value: (summary: GatherSummary) => number,
  timesBetter: (summary: GatherSummary) => number,
): ChartPanel {
  const bars = summaries.map((summary) => {
    const ratio = timesBetter(summary);
    const better =
      summary.kind === 'ours' && Number.isFinite(ratio) ? ` · 1/${ratio.toFixed(1)} of pg` : '';
    const kind = summary.kind === 'floor' ? 'floor: ' : '';
    return {
      label: `${kind}${summary.label}`,
      kind: summary.kind,
      value: value(summary),
      caption: `${duration(value(summary))}${better}`,
    };
  });
  return { title, bars };
}

function duration(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(ms >= 10_000 ? 1 : 2)} s` : `${ms.toFixed(0)} ms`;
}
