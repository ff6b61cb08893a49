import { createRequire } from 'node:module';
import type { Machine } from '../harness/machine.js';
import type { BenchOptions } from '../options.js';
import type { GroupReport } from './group-report.js';

const require = createRequire(import.meta.url);

/** Everything a run found, as JSON text: options, machine, versions, and each benchmark's figures, bars and failures. */
export function reportJson(
  options: BenchOptions,
  machine: Machine,
  reports: readonly GroupReport[],
): string {
  const { groups, rows, shards, rounds, only, small } = options;
  const report = {
    format: 'millrace-bench/1',
    options: { groups, rows, shards, rounds, only, small },
    machine,
    versions: { node: process.versions.node, v8: process.versions.v8, ...dependencyVersions() },
    benchmarks: reports.map(({ group, figures, bars, failures }) => ({
      group,
      figures,
      bars,
      failures,
    })),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** The machine in one line. */
export function machineLine(machine: Machine): string {
  const memory = `${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB`;
  return `${machine.cpu}, ${machine.cores} cores, ${memory}, ${machine.system}, Node ${machine.node}`;
}

/** Versions as this package pins them. */
function dependencyVersions(): Record<string, string> {
  const manifest = require('../../package.json') as {
    version: string;
    dependencies: Record<string, string>;
  };
  const pinned = Object.entries(manifest.dependencies).filter(
    ([, version]) => !version.startsWith('workspace:'),
  );
  return { millrace: manifest.version, ...Object.fromEntries(pinned) };
}
