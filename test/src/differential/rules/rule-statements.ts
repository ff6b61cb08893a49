/** Statements for each rule of what "one database" means, by hand. */
import type { Statement } from '../statement.js';
import { EMPTINESS, GROUPING_SETS, SPLITTING } from './statements/aggregates.js';
import { GROUPINGS, OVER_AGGREGATES, SORTINGS } from './statements/expressions.js';
import { HYPOTHETICAL_SETS } from './statements/hypothetical-sets.js';
import { JOINS, OUTER_JOINS, SUBQUERIES } from './statements/joins.js';
import { KEPT_ROWS } from './statements/kept-rows.js';
import { LATERAL_GROUPS, LATERAL_ROWS } from './statements/laterals.js';
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
  ...KEPT_ROWS,
  ...SUBQUERIES,
  ...SPLITTING,
  ...HYPOTHETICAL_SETS,
  ...GROUPING_SETS,
  ...EMPTINESS,
  ...SET_OPERATIONS,
  ...WITHS,
  ...LATERALS,
  ...LATERAL_GROUPS,
  ...LATERAL_ROWS,
  ...WINDOWS,
  ...STABLE,
  ...VALUES,
  ...NAMES,
  ...PRUNING,
];
