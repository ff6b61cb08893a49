/** Statements with aggregates: over all rows, over groups of every kind, over grouping sets. */
import { aggregateCall, aggregateExpression } from './aggregates.js';
import { conditions, scalarSubquery } from './conditions.js';
import { derivedTable } from './derived-tables.js';
import { condition, intExpression, numericExpression, textExpression } from './expressions.js';
import type { Feature } from './features.js';
import { fromClause } from './from-clause.js';
import { fromTable } from './one-table.js';
import { EMPTY_SELECT, type Query, queryOf } from './query.js';
import type { Scope, Writer } from './scope.js';
import { direction, tailOf } from './sorting.js';

const GROUPINGS = [
  'group by a column',
  'group by the key',
  'group by an expression',
  'group by an alias',
  'group by an ordinal',
  'group by a constant',
  'group by the primary key',
  'grouping sets',
  'rollup',
  'cube',
] as const;

/** What is grouped by: output columns, and what stands in GROUP BY. */
interface Grouping {
  /** Without their names. */
  readonly keys: readonly string[];
  readonly group: readonly string[];
}

export function overAllRows(writer: Writer): Query {
  const { choose } = writer;
  const { parts, scope } = fromClause(writer);
  const calls = Array.from({ length: 1 + choose.below(3) }, () =>
    aggregateExpression(writer, scope),
  );
  const targets = calls.map(({ sql }, i) => `${sql} as o${i}`);
  const where = conditions(writer, scope);
  const select = { ...EMPTY_SELECT, targets, from: parts, where };
  if (choose.chance(0.08)) {
    choose.note('having alone');
    return queryOf({ ...select, targets: ['1 as one'], having: [having(writer, scope)] });
  }
  if (!choose.chance(0.15)) return queryOf(select);
  choose.note('group by nothing');
  return queryOf({ ...select, group: ['()'] });
}

export function overGroups(writer: Writer): Query {
  const { choose } = writer;
  const feature = choose.feature(GROUPINGS);
  const from =
    feature === 'group by the primary key' || feature === 'group by the key'
      ? fromTable(writer, choose.pick(writer.schema.together))
      : fromClause(writer);
  const { scope } = from;
  const { keys, group } = grouping(writer, scope, feature);
  const calls = Array.from(
    { length: choose.below(3) },
    () => aggregateExpression(writer, scope).sql,
  );
  const window = choose.chance(0.1);
  if (window) choose.note('window over groups');
  const windows = window ? ['rank() over (order by count(*) desc)', 'sum(count(*)) over ()'] : [];
  const targets = [...keys, ...calls, ...windows].map((value, i) => `${value} as o${i}`);
  const isHaving = choose.chance(0.25);
  if (isHaving) choose.note('having');
  const select = {
    ...EMPTY_SELECT,
    targets,
    from: from.parts,
    where: conditions(writer, scope),
    group,
    having: isHaving ? [having(writer, scope)] : [],
  };
  const order = groupOrder(writer, scope, keys.length);
  if (order.length > 0) choose.note('order by');
  return queryOf(select, { order, ...tailOf(writer, order.length > 0) });
}

function grouping(writer: Writer, scope: Scope, feature: Feature): Grouping {
  const { choose } = writer;
  const column = choose.pick(scope.columns).name;
  const other = intExpression(writer, scope, 1);
  const text = textExpression(writer, scope);
  switch (feature) {
    case 'group by the key':
      return same(scope.key.map(({ name }) => name));
    case 'group by an expression':
      return same(choose.chance(0.5) ? [other] : [other, text]);
    case 'group by an alias':
      return { keys: [other, text], group: ['o1', 'o0'] };
    case 'group by an ordinal':
      return { keys: [text, column], group: ['2', '1'] };
    case 'group by a constant':
      return { keys: [`'all'`, other], group: ['1', '2'] };
    case 'group by the primary key':
      return {
        keys: [...scope.unique, ...choose.some(scope.columns, 1, 2).map(({ name }) => name)],
        group: scope.unique,
      };
    case 'grouping sets':
      return sets(column, text, `grouping sets ((${column}), (${text}), (${column}, ${text}), ())`);
    case 'rollup':
      return sets(column, text, `rollup (${column}, ${text})`);
    case 'cube':
      return sets(column, text, `cube (${column}, ${text})`);
    default:
      return same(choose.some(scope.columns, 1, 3).map(({ name }) => name));
  }
}

const same = (keys: readonly string[]): Grouping => ({ keys, group: keys });

function sets(one: string, other: string, group: string): Grouping {
  return one === other
    ? same([one])
    : { keys: [one, other, `grouping(${one}, ${other})`], group: [group] };
}

function having(writer: Writer, scope: Scope): string {
  const { choose } = writer;
  if (choose.chance(0.25)) {
    choose.note('having with a subquery');
    return `count(*) > (${scalarSubquery(writer)})`;
  }
  const { sql } = aggregateCall(writer, scope, true);
  return choose.pick([
    `${sql} > ${choose.below(4)}`,
    `${sql} is not null`,
    'count(*) > 2',
    `max(${intExpression(writer, scope, 1)}) >= 1`,
  ]);
}

function groupOrder(writer: Writer, scope: Scope, keys: number): string[] {
  const { choose } = writer;
  if (!choose.chance(0.6)) return [];
  const ordinals = Array.from({ length: keys }, (_, i) => `${i + 1}${direction(writer)}`);
  if (choose.chance(0.5)) return ordinals;
  choose.note('order by an aggregate');
  const { sql } = aggregateCall(writer, scope, true);
  return [`${sql}${direction(writer)}`, ...choose.some(ordinals, 0, keys)];
}

const DERIVED = [
  'derived groups on the key',
  'derived groups off the key',
  'derived rows with a limit',
  'derived distinct rows',
] as const;

/** Aggregates over a query with aggregates, or with a limit. */
export function nested(writer: Writer): Query {
  const { choose } = writer;
  choose.note('nested aggregation');
  const { source, alias, scope } = derivedTable(writer, choose.feature(DERIVED));
  const isGrouped = choose.chance(0.5);
  const keys = isGrouped ? [intExpression(writer, scope, 1)] : [];
  const values = [
    `sum(${numericExpression(writer, scope)})`,
    aggregateExpression(writer, scope).sql,
  ];
  const targets = [...keys, ...values].map((value, i) => `${value} as o${i}`);
  const select = {
    ...EMPTY_SELECT,
    targets,
    from: [{ join: '', source, alias, condition: '' }],
    where: choose.chance(0.3) ? [condition(writer, scope, 1)] : [],
    group: keys,
  };
  return queryOf(select, { order: isGrouped && choose.chance(0.5) ? ['1'] : [] });
}
