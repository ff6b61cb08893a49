import type { Cluster } from '@millrace/embedded';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { proveSuite, startSuiteServer } from '../prove-suite.js';
import { CLICKBENCH_QUERIES } from './queries.js';
import { CLICKBENCH_COLUMNS, CLICKBENCH_SETUP, CLICKBENCH_TABLES } from './schema.js';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSuiteServer();
});

afterAll(() => cluster?.stop());

test('the table is as wide as the public one', () => {
  expect(CLICKBENCH_COLUMNS).toBe(105);
});

test.each([1, 4])('ClickBench over %i shards', async (shards) => {
  const report = await proveSuite(cluster, {
    title: 'ClickBench',
    setup: CLICKBENCH_SETUP,
    tables: CLICKBENCH_TABLES,
    statements: CLICKBENCH_QUERIES,
    shards,
  });
  expect(report.statements).toBe(43);
  expect(report.differences).toEqual([]);
});
