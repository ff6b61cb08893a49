/** The benches at their small size, as `npm run bench` runs them: that they run, and that what they read is right. No times. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const minutes = 60_000;

interface Report {
  readonly machine: { readonly cores: number };
  readonly benchmarks: readonly Benchmark[];
}

interface Benchmark {
  readonly group: string;
  readonly failures: readonly string[];
  readonly bars: readonly { readonly name: string; readonly value: number }[];
  readonly figures: Figures;
}

/** The figures that are looked at here; each benchmark has its own. */
interface Figures {
  readonly verifications: readonly { readonly contender: string; readonly rows: number }[];
  readonly rounds: readonly {
    readonly wallMs: number;
    readonly cpuMs: number;
    readonly rows: number;
  }[];
  readonly benches: readonly { readonly nsPerUnit: number }[];
}

describe('npm run bench', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function bench(
    ...args: string[]
  ): Promise<{ benchmark: Benchmark; report: Report; stdout: string }> {
    const json = join(folder, `${args[0]}.json`);
    const { stdout } = await run(process.execPath, [main, ...args, '--small', '--json', json]);
    const report = JSON.parse(await readFile(json, 'utf8')) as Report;
    return { benchmark: report.benchmarks[0] as Benchmark, report, stdout };
  }

  it(
    'gathers every row through every contender, with the checksum of the servers',
    async () => {
      const svg = join(folder, 'gather.svg');
      const { benchmark, report, stdout } = await bench('gather', '--rows', '2000', '--svg', svg);
      const { figures, failures, bars } = benchmark;
      const names = [
        'floor-copy',
        'floor-wire',
        'floor-wire-threads',
        'stream',
        'arrow',
        'rows',
        'pg',
        'postgres',
      ];
      expect(failures).toEqual([]);
      expect(report.machine.cores).toBeGreaterThan(0);
      expect(figures.verifications.map((one) => one.contender)).toEqual(names);
      expect(figures.verifications.every((one) => one.rows === 8000)).toBe(true);
      expect(figures.rounds).toHaveLength(2 * names.length);
      expect(figures.rounds.every((one) => one.wallMs > 0 && one.cpuMs > 0)).toBe(true);
      expect(bars).toHaveLength(7);
      expect(stdout).toContain('faster than pg');
      expect(await readFile(svg, 'utf8')).toMatch(/^<svg [\s\S]+<\/svg>\n$/);
    },
    3 * minutes,
  );

  it(
    'measures the latency of the first row and of a single row',
    async () => {
      const { benchmark } = await bench('latency', '--shards', '2');
      expect(benchmark.failures).toEqual([]);
      expect(benchmark.bars.map((bar) => bar.name)).toHaveLength(2);
      expect(benchmark.bars.every((bar) => Number.isFinite(bar.value))).toBe(true);
    },
    2 * minutes,
  );

  it(
    'reads many shards on one thread and on two, cancels and closes',
    async () => {
      const { benchmark } = await bench('many-shards');
      expect(benchmark.failures).toEqual([]);
      expect(benchmark.figures.rounds).toHaveLength(4);
      expect(benchmark.figures.rounds.every((one) => one.rows === 16_000)).toBe(true);
    },
    3 * minutes,
  );

  it(
    'answers plain SQL through every contender as one database does',
    async () => {
      const { benchmark, stdout } = await bench('sql', '--rows', '5000', '--shards', '3');
      expect(benchmark.failures).toEqual([]);
      // Six statements, five contenders, two rounds.
      expect(benchmark.figures.rounds).toHaveLength(60);
      expect(benchmark.figures.rounds.every((one) => one.wallMs > 0)).toBe(true);
      const rowBars = benchmark.bars.filter((bar) => bar.name.endsWith('rows read from a shard'));
      expect(rowBars.map((bar) => bar.value)).toEqual([100, 1000]);
      expect(benchmark.bars.map((bar) => bar.name)).toContain('pruned to one shard, over pg');
      expect(stdout).toContain('postgres_fdw');
    },
    3 * minutes,
  );

  it(
    'finds the first groups with and without candidates, with the same answers',
    async () => {
      const { benchmark, stdout } = await bench('top-groups', '--rows', '3000', '--shards', '2');
      expect(benchmark.failures).toEqual([]);
      // Six columns, three aggregates, two ways, two rounds.
      expect(benchmark.figures.rounds).toHaveLength(72);
      expect(benchmark.figures.rounds.every((one) => one.rows > 0)).toBe(true);
      expect(stdout).toContain('z800k count(*)');
    },
    3 * minutes,
  );

  it(
    'moves rows to and from a simulated Exasol, none lost and none changed',
    async () => {
      const { benchmark, stdout } = await bench(
        'exasol',
        '--rows',
        '10000',
        '--shards',
        '2',
        '--rounds',
        '1',
      );
      const isBeside = !stdout.includes('pyexasol takes no part');
      const names = benchmark.bars.map((bar) => bar.name);
      expect(benchmark.failures).toEqual([]);
      expect(names).toContain('drop, 4 tunnels, plain: wall over the floor');
      expect(names.filter((name) => name.endsWith('pyexasol'))).toHaveLength(isBeside ? 10 : 0);
      expect(names.filter((name) => name.endsWith('peak memory'))).toHaveLength(7);
      expect(benchmark.bars.every((bar) => bar.value > 0)).toBe(true);
      expect(benchmark.figures.rounds.every((one) => one.wallMs > 0)).toBe(true);
    },
    3 * minutes,
  );

  it(
    'runs the micro benches',
    async () => {
      const { benchmark } = await bench('micro');
      expect(benchmark.failures).toEqual([]);
      expect(benchmark.figures.benches.every((one) => one.nsPerUnit > 0)).toBe(true);
    },
    minutes,
  );
});
