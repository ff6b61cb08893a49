import { Bench, type Task } from 'tinybench';
import type { Machine } from '../harness/machine.js';
import type { BenchOptions } from '../options.js';
import type { GroupReport } from '../report/group-report.js';
import { number, textTable } from '../report/text-table.js';
import type { MicroBench } from './micro-bench.js';
import { microSuites } from './registry.js';

/** What one micro bench came to. */
interface MicroFigure {
  readonly name: string;
  readonly stage: string;
  readonly unit: string;
  readonly nsPerUnit: number;
  /** Relative margin of error of the mean, in per cent. */
  readonly marginPercent: number;
  /** Its time over its reference's. */
  readonly toReference: number | undefined;
}

/** Runs every micro bench in this process, one after the other. `--only` takes parts of their names or stages. */
export async function microGroup(
  options: BenchOptions,
  _machine: Machine,
  log: (line: string) => void,
): Promise<GroupReport> {
  const suites = await Promise.all(microSuites.map((suite) => suite(options.small)));
  const benches = suites.flat().filter((bench) => isWanted(bench, options.only));
  log(`micro: ${benches.length} benches`);
  const time = options.small ? 10 : 500;
  const runner = new Bench({ time, warmupTime: time / 5 });
  let sink = 0;
  for (const bench of benches) {
    runner.add(bench.name, async () => {
      const value = bench.run();
      sink += typeof value === 'number' ? value : await value;
    });
  }
  await runner.run();
  await Promise.all(benches.map((bench) => bench.close?.()));
  const figures = figuresOf(benches, runner.tasks);
  return {
    group: 'micro',
    lines: microTable(figures),
    bars: [],
    failures: benches
      .filter((bench) => !figures.some(({ name }) => name === bench.name))
      .map(({ name }) => `${name}: failed`),
    figures: { benches: figures, sink: Number.isFinite(sink) },
  };
}

function isWanted(bench: MicroBench, only: readonly string[]): boolean {
  return (
    only.length === 0 || only.some((part) => bench.stage === part || bench.name.includes(part))
  );
}

function figuresOf(benches: readonly MicroBench[], tasks: readonly Task[]): MicroFigure[] {
  const nsOf = new Map<string, { ns: number; margin: number }>();
  for (const { name, result } of tasks) {
    const units = benches.find((bench) => bench.name === name)?.units ?? 1;
    if (!('latency' in result)) continue;
    nsOf.set(name, { ns: (result.latency.p50 * 1e6) / units, margin: result.latency.rme });
  }
  return benches.flatMap(({ name, stage, unit, reference }) => {
    const own = nsOf.get(name);
    if (own === undefined) return [];
    const other = reference === undefined ? undefined : nsOf.get(reference)?.ns;
    const toReference = other === undefined ? undefined : own.ns / other;
    return [{ name, stage, unit, nsPerUnit: own.ns, marginPercent: own.margin, toReference }];
  });
}

function microTable(figures: readonly MicroFigure[]): string[] {
  return textTable(
    ['micro', 'stage', 'ns', 'per', '±', 'to reference'],
    figures.map((figure) => [
      figure.name,
      figure.stage,
      number(figure.nsPerUnit),
      figure.unit,
      `${number(figure.marginPercent)}%`,
      figure.toReference === undefined ? '' : `${number(figure.toReference)}×`,
    ]),
  );
}
