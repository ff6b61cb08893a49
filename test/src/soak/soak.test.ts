/** A slice of `npm run soak`: long enough to find what leaks with each statement, too short to judge memory. */
import { expect, test } from 'vitest';
import { testSeed } from '../support/seed.js';
import { runSoak } from './soak.js';

const { seed } = testSeed();

test(`500 mixed and disturbed statements answer right and leave nothing behind (seed ${seed})`, async () => {
  const report = await runSoak({
    statements: 500,
    seed,
    flat: ['handles', 'threads', 'listeners', 'sessions'],
  });
  expect(report.violations).toEqual([]);
  expect(report.outcomes.right).toBeGreaterThan(250);
  expect(report.outcomes.CancelledError).toBeGreaterThan(10);
  expect(report.outcomes.ShardError).toBeGreaterThan(0);
}, 120_000);
