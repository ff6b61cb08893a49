/** `npm run differential [-- --statements 5000 --seed 1]`: exit code 1 when an answer differs, a feature never came up, or too much is pulled. */
import { parseArgs } from 'node:util';
import { proveSuite, startSuiteServer } from './prove-suite.js';
import { pulledOrRefused, reportLines } from './report.js';
import { type GeneratedReport, runGenerated } from './run-generated.js';
import { SUITES } from './suites.js';

const DEFAULT_STATEMENTS = '5000';
const PER_SCHEMA = 100;
/** Of all generated statements, those that a pull answers or that are refused. */
const MOST_PULLED_OR_REFUSED = 0.15;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      statements: { type: 'string' },
      seed: { type: 'string' },
      suites: { type: 'boolean' },
    },
  });
  const statements = Number(values.statements ?? DEFAULT_STATEMENTS);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  if (!Number.isInteger(statements) || statements < 1 || !Number.isInteger(seed)) {
    process.stderr.write('--statements and --seed take whole numbers\n');
    return 2;
  }
  const cluster = await startSuiteServer();
  try {
    if (values.suites) return await runSuites(cluster);
    process.stdout.write(`${statements} statements, seed ${seed}\n`);
    const report = await runGenerated(cluster, {
      statements,
      seed,
      perSchema: PER_SCHEMA,
      progress: (done) => {
        if (done % 1_000 === 0) process.stdout.write(`  ${done}\n`);
      },
    });
    print(report);
    const isGood = report.differences.length === 0 && missing(report).length === 0;
    return isGood && pulledOrRefused(report) <= MOST_PULLED_OR_REFUSED ? 0 : 1;
  } finally {
    await cluster.stop();
  }
}

async function runSuites(cluster: Awaited<ReturnType<typeof startSuiteServer>>): Promise<number> {
  let differences = 0;
  for (const suite of SUITES) {
    for (const shards of [1, 2, 3, 4, 7]) {
      differences += (await proveSuite(cluster, { ...suite, shards })).differences.length;
    }
  }
  return differences === 0 ? 0 : 1;
}

const missing = ({ coverage }: GeneratedReport): string[] =>
  Object.entries(coverage).flatMap(([feature, count]) => (count === 0 ? [feature] : []));

/** Features by the share of their statements that a pull answers. */
function mostPulled({ coverage, pulled }: GeneratedReport): [string, number][] {
  const shares = Object.entries(pulled).map(([feature, count]): [string, number] => [
    feature,
    count / Math.max(coverage[feature as keyof typeof coverage], 1),
  ]);
  return shares.sort(([, a], [, b]) => b - a).slice(0, 15);
}

function print(report: GeneratedReport): void {
  const coverage = Object.entries(report.coverage).map(([feature, count]) => `${feature} ${count}`);
  const pulled = mostPulled(report).map(
    ([feature, share]) => `${feature} ${Math.round(100 * share)} %`,
  );
  const lines = [
    ...reportLines('Generated', report),
    `  pulled or refused: ${(100 * pulledOrRefused(report)).toFixed(1)} %, at most ${100 * MOST_PULLED_OR_REFUSED} % may be`,
    `  pulled most: ${pulled.join(', ')}`,
    `  statements with each feature: ${coverage.join(', ')}`,
    ...missing(report).map((feature) => `  NEVER CAME UP: ${feature}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

process.exitCode = await main();
