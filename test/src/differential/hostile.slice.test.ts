/** A few statements of each kind in the hostile modes: one-row batches, one thread, small reads, verified batches. */
import type { Cluster } from '@millrace/embedded';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { proveSuite, startSuiteServer } from './prove-suite.js';
import { RULE_STATEMENTS } from './rules/rule-statements.js';
import { RULES_SETUP, RULES_TABLES } from './rules/schema.js';

/** One of so many statements is asked. */
const STRIDE = 7;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSuiteServer();
});

afterAll(() => cluster?.stop());

test('every seventh statement of the rules answers over 3 shards as one PostgreSQL does', async () => {
  const report = await proveSuite(cluster, {
    title: 'Slice',
    setup: RULES_SETUP,
    tables: RULES_TABLES,
    statements: RULE_STATEMENTS.filter((_, i) => i % STRIDE === 0),
    shards: 3,
    ownOids: true,
    magnitude: 1e6,
  });
  expect(report.differences).toEqual([]);
});
