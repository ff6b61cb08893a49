#!/usr/bin/env node
/** The bench command: runs the benchmarks asked for, prints their tables and bars, writes the files asked for. */
import { writeFile } from 'node:fs/promises';
import { type Machine, thisMachine } from './harness/machine.js';
import { type BenchOptions, type GroupName, readOptions, UsageError, usage } from './options.js';
import { barChart } from './report/bar-chart.js';
import type { GroupReport } from './report/group-report.js';
import { htmlPage } from './report/html-page.js';
import { machineLine, reportJson } from './report/report-json.js';
import { barLines } from './report/text-table.js';

type RunGroup = (
  options: BenchOptions,
  machine: Machine,
  log: (line: string) => void,
  signal: AbortSignal,
) => Promise<GroupReport>;

const groups: Readonly<Record<GroupName, () => Promise<RunGroup>>> = {
  gather: async () => (await import('./end-to-end/gather-group.js')).gatherGroup,
  latency: async () => (await import('./end-to-end/latency-group.js')).latencyGroup,
  'many-shards': async () => (await import('./end-to-end/many-shards-group.js')).manyShardsGroup,
  sql: async () => (await import('./end-to-end/sql-group.js')).sqlGroup,
  'top-groups': async () => (await import('./end-to-end/top-groups-group.js')).topGroupsGroup,
  exasol: async () => (await import('./end-to-end/exasol-group.js')).exasolGroup,
  micro: async () => (await import('./micro/micro-group.js')).microGroup,
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  const machine = thisMachine();
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)));
  }
  const reports: GroupReport[] = [];
  for (const name of options.groups) {
    const run = await groups[name]();
    reports.push(await run(options, machine, (line) => console.error(line), interrupted.signal));
  }
  const lines = reports.flatMap((report) => [
    ...report.lines,
    '',
    ...barLines(report.bars),
    ...failureLines(report),
    '',
  ]);
  const printed = [...lines, machineLine(machine)];
  console.log(printed.join('\n'));
  await writeFiles(options, machine, reports, printed);
  const failed = reports.some((report) => report.failures.length > 0);
  const missed = reports.some((report) => report.bars.some((bar) => !bar.pass));
  return failed || (options.strict && missed) ? 1 : 0;
}

function failureLines(report: GroupReport): string[] {
  return report.failures.length === 0
    ? []
    : ['', ...report.failures.map((failure) => `FAILED  ${failure}`)];
}

async function writeFiles(
  options: BenchOptions,
  machine: Machine,
  reports: readonly GroupReport[],
  printed: readonly string[],
): Promise<void> {
  if (options.json !== undefined)
    await writeFile(options.json, reportJson(options, machine, reports));
  const chart = reports.find((report) => report.chart !== undefined)?.chart;
  if (chart === undefined) return;
  if (options.svg !== undefined) await writeFile(options.svg, barChart(chart));
  if (options.html !== undefined)
    await writeFile(options.html, htmlPage(chart.title, barChart(chart), printed));
}
