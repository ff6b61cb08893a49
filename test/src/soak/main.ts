/** `npm run soak [-- --statements 20000 --seed 1]`: exit code 1 when anything grows, hangs, or answers wrong. */
import { parseArgs } from 'node:util';
import { runSoak, type SoakReport } from './soak.js';

const DEFAULT_STATEMENTS = '20000';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { statements: { type: 'string' }, seed: { type: 'string' } },
  });
  const statements = Number(values.statements ?? DEFAULT_STATEMENTS);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  if (!Number.isInteger(statements) || statements < 80 || !Number.isInteger(seed)) {
    process.stderr.write(
      '--statements takes a whole number of at least 80, --seed a whole number\n',
    );
    return 2;
  }
  const startedAt = performance.now();
  process.stdout.write(`${statements} statements, seed ${seed}\n`);
  const report = await runSoak({
    statements,
    seed,
    flat: ['rssMegabytes', 'heapMegabytes', 'handles', 'threads', 'listeners', 'sessions'],
    progress: (done, census) => {
      if (done % (statements / 8) < statements / 80)
        process.stdout.write(`  ${done}  ${JSON.stringify(census, rounded)}\n`);
    },
  });
  print(report, performance.now() - startedAt);
  return report.violations.length === 0 ? 0 : 1;
}

const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Math.round(value * 10) / 10 : value;

function print({ outcomes, figures, struck, violations }: SoakReport, ms: number): void {
  const lines = [
    `ended: ${JSON.stringify(outcomes)}, lines broken: ${struck}, ${Math.round(ms / 1_000)} s`,
    'medians of the second quarter, of the last, and their ratio:',
    ...Object.entries(figures).map(([name, [second, last]]) => {
      const ratio = second === 0 ? '' : (last / second).toFixed(3);
      return `  ${name.padEnd(14)} ${second.toFixed(1).padStart(8)} ${last.toFixed(1).padStart(8)} ${ratio}`;
    }),
    ...(violations.length === 0 ? ['All is flat, and every answer was right.'] : []),
    ...[...new Set(violations)].slice(0, 20).map((violation) => `VIOLATED: ${violation}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

process.exitCode = await main();
