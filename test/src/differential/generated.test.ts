/** A slice of `npm run differential`: some hundreds of statements of one seed, over every number of shards. */
import type { Cluster } from '@millrace/embedded';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testSeed } from '../support/seed.js';
import { startSuiteServer } from './prove-suite.js';
import { reportLines } from './report.js';
import { runGenerated } from './run-generated.js';

/** The same statements each time: new ones are for the command. */
const seed = process.env.MILLRACE_SEED === undefined ? 848_537 : testSeed().seed;
/** Enough for every feature to come up, and for each number of shards to be there. */
const STATEMENTS = 500;
const PER_SCHEMA = 100;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSuiteServer();
});

afterAll(() => cluster?.stop());

test(`${STATEMENTS} random statements answer as one PostgreSQL does (seed ${seed})`, async () => {
  const report = await runGenerated(cluster, {
    statements: STATEMENTS,
    seed,
    perSchema: PER_SCHEMA,
  });
  process.stdout.write(`${reportLines(`Generated, seed ${seed}`, report).join('\n')}\n`);
  expect(report.differences).toEqual([]);
  const never = Object.entries(report.coverage).filter(([, count]) => count === 0);
  expect(never).toEqual([]);
}, 300_000);
