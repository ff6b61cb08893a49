import type { Cluster } from '@millrace/embedded';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { proveSuite, startSuiteServer } from '../prove-suite.js';
import { SSB_QUERIES } from './queries.js';
import { SSB_SETUP, SSB_TABLES } from './schema.js';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSuiteServer();
});

afterAll(() => cluster?.stop());

test.each([1, 2, 4])('the Star Schema Benchmark over %i shards', async (shards) => {
  const report = await proveSuite(cluster, {
    title: 'SSB',
    setup: SSB_SETUP,
    tables: SSB_TABLES,
    statements: SSB_QUERIES,
    shards,
  });
  expect(report.statements).toBe(13);
  expect(report.differences).toEqual([]);
});
