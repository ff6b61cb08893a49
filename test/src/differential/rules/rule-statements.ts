/** Statements for each rule of what "one database" means, by hand. */
import type { Statement } from '../statement.js';
import { EMPTINESS, GROUPING_SETS, SPLITTING } from './statements/aggregates.js';
import { GROUPINGS, OVER_AGGREGATES, SORTINGS } from './statements/expressions.js';
import { JOINS, OUTER_JOINS, SUBQUERIES } from './statements/joins.js';
import { LIMITS } from './statements/limits.js';
import { COLLATIONS, NAMES, PRUNING, STABLE, VALUES } from './statements/meaning.js';
import { LATERALS, SET_OPERATIONS, WINDOWS, WITHS } from './statements/shapes.js';
import { TOP_GROUPS } from './statements/top-groups.js';

export const RULE_STATEMENTS: readonly Statement[] = [
  ...OVER_AGGREGATES,
  ...GROUPINGS,
  ...SORTINGS,
  ...LIMITS,
  ...TOP_GROUPS,
  ...COLLATIONS,
  ...JOINS,
  ...OUTER_JOINS,
  ...SUBQUERIES,
  ...SPLITTING,
  ...GROUPING_SETS,
  ...EMPTINESS,
  ...SET_OPERATIONS,
  ...WITHS,
  ...LATERALS,
  ...WINDOWS,
  ...STABLE,
  ...VALUES,
  ...NAMES,
  ...PRUNING,
];
