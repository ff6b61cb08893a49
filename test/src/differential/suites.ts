/** The suites by hand, each with its tables. */
import { CLICKBENCH_QUERIES } from './clickbench/queries.js';
import { CLICKBENCH_SETUP, CLICKBENCH_TABLES } from './clickbench/schema.js';
import type { SuiteOptions } from './prove-suite.js';
import { RULE_STATEMENTS } from './rules/rule-statements.js';
import { RULES_SETUP, RULES_TABLES } from './rules/schema.js';
import { SSB_QUERIES } from './ssb/queries.js';
import { SSB_SETUP, SSB_TABLES } from './ssb/schema.js';
import { TPCH_QUERIES } from './tpch/queries.js';
import { TPCH_SETUP, TPCH_TABLES } from './tpch/schema.js';

export type Suite = Omit<SuiteOptions, 'shards' | 'placement'>;

export const TPCH: Suite = {
  title: 'TPC-H',
  setup: TPCH_SETUP,
  tables: TPCH_TABLES,
  statements: TPCH_QUERIES,
};

export const SSB: Suite = {
  title: 'SSB',
  setup: SSB_SETUP,
  tables: SSB_TABLES,
  statements: SSB_QUERIES,
};

export const CLICKBENCH: Suite = {
  title: 'ClickBench',
  setup: CLICKBENCH_SETUP,
  tables: CLICKBENCH_TABLES,
  statements: CLICKBENCH_QUERIES,
};

/** User-defined types have other OIDs on every shard. */
export const RULES: Suite = {
  title: 'Rules',
  setup: RULES_SETUP,
  tables: RULES_TABLES,
  statements: RULE_STATEMENTS,
  ownOids: true,
  magnitude: 1e6,
};

/** The same, where candidates for the first groups are named before groups are merged. */
const always = (suite: Suite): Suite => ({
  ...suite,
  title: `${suite.title}, topK always`,
  connect: { topK: 'always' },
});

export const SUITES: readonly Suite[] = [
  TPCH,
  SSB,
  CLICKBENCH,
  RULES,
  always(TPCH),
  always(CLICKBENCH),
  always(RULES),
];
