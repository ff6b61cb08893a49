import type { Cluster } from '@millrace/embedded';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Placement } from '../placement.js';
import { proveSuite, startSuiteServer } from '../prove-suite.js';
import { RULE_STATEMENTS } from './rule-statements.js';
import { RULES_SETUP, RULES_TABLES } from './schema.js';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSuiteServer();
});

afterAll(() => cluster?.stop());

const STAGES: readonly (readonly [shards: number, placement: Placement])[] = [
  [1, 'hash'],
  [3, 'hash'],
  [2, 'one'],
  [4, 'gap'],
  [7, 'partition'],
];

test.each(STAGES)('every rule holds over %i shards (%s)', async (shards, placement) => {
  const report = await proveSuite(cluster, {
    title: 'Rules',
    setup: RULES_SETUP,
    tables: RULES_TABLES,
    statements: RULE_STATEMENTS,
    shards,
    placement,
    ownOids: true,
    magnitude: 1e6,
  });
  expect(report.differences).toEqual([]);
});
