/** The first groups by an aggregate, with candidates named first wherever that is possible. */
import type { Cluster } from '@millrace/embedded';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Placement } from '../placement.js';
import { proveSuite, startSuiteServer } from '../prove-suite.js';
import { RULES_SETUP, RULES_TABLES } from './schema.js';
import { TOP_GROUPS } from './statements/top-groups.js';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSuiteServer();
});

afterAll(() => cluster?.stop());

const STAGES: readonly (readonly [shards: number, placement: Placement])[] = [
  [3, 'hash'],
  [2, 'one'],
  [4, 'gap'],
  [7, 'partition'],
];

test.each(STAGES)(
  'answers are those of one database over %i shards (%s)',
  async (shards, placement) => {
    const report = await proveSuite(cluster, {
      title: 'Top groups',
      setup: RULES_SETUP,
      tables: RULES_TABLES,
      statements: TOP_GROUPS,
      shards,
      placement,
      ownOids: true,
      magnitude: 1e6,
      connect: { topK: 'always' },
    });
    expect(report.differences).toEqual([]);
  },
);
