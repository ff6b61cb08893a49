import type { Cluster } from '@millrace/embedded';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { proveSuite, startSuiteServer } from '../prove-suite.js';
import { TPCH_QUERIES } from './queries.js';
import { TPCH_SETUP, TPCH_TABLES } from './schema.js';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSuiteServer();
});

afterAll(() => cluster?.stop());

test.each([1, 3])('TPC-H answers over %i shards as one PostgreSQL does', async (shards) => {
  const report = await proveSuite(cluster, {
    title: 'TPC-H',
    setup: TPCH_SETUP,
    tables: TPCH_TABLES,
    statements: TPCH_QUERIES,
    shards,
  });
  expect(report.statements).toBe(22);
  expect(report.differences).toEqual([]);
});
