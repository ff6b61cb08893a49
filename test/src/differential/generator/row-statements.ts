/** Statements that give rows: plain ones, DISTINCT, windows, set operations, VALUES and whole tables. */
import { conditions, correlatedSubquery, scalarSubquery } from './conditions.js';
import { anyExpression, intExpression, numericExpression, textExpression } from './expressions.js';
import { fromClause } from './from-clause.js';
import { oneTable } from './one-table.js';
import { EMPTY_SELECT, type Query, queryOf, type Select } from './query.js';
import { anyColumn, type Scope, type Writer } from './scope.js';
import { ordering, type Tail, tailOf } from './sorting.js';

export function plainRows(writer: Writer): Query {
  const { choose } = writer;
  const { parts, scope } = fromClause(writer);
  const values = Array.from({ length: 1 + choose.below(3) }, () => target(writer, scope));
  const targets = values.map((value, i) => `${value} as o${i}`);
  const select = { ...EMPTY_SELECT, targets, from: parts, where: conditions(writer, scope) };
  if (choose.chance(0.06)) {
    choose.note('whole row');
    return queryOf(
      { ...select, targets: ['*'] },
      ordering(writer, scope, { names: [], isHiddenAllowed: true }),
    );
  }
  const isDistinct = choose.chance(0.2);
  if (isDistinct) choose.note('distinct');
  else choose.note('plain rows');
  const names = targets.map((_, i) => `o${i}`);
  return queryOf(
    { ...select, distinct: isDistinct ? 'distinct' : '' },
    ordering(writer, scope, { names, isHiddenAllowed: !isDistinct }),
  );
}

function target(writer: Writer, scope: Scope): string {
  const { choose, depth } = writer;
  if (depth > 0 || !choose.chance(0.08)) return anyExpression(writer, scope);
  choose.note('subquery in the select list');
  return choose.chance(0.5) ? `(${scalarSubquery(writer)})` : correlatedSubquery(writer, scope);
}

export function distinctOn(writer: Writer): Query {
  const { parts, scope } = fromClause(writer);
  if (scope.unique.length === 0) return plainRows(writer);
  writer.choose.note('distinct on');
  const on =
    writer.choose.chance(0.4) && scope.key.length > 0
      ? scope.key.map(({ name }) => name)
      : [intExpression(writer, scope, 1)];
  const targets = [anyExpression(writer, scope), ...scope.unique].map(
    (one, i) => `${one} as o${i}`,
  );
  const select = {
    ...EMPTY_SELECT,
    distinct: `distinct on (${on.join(', ')})`,
    targets,
    from: parts,
  };
  const order = [...on, intExpression(writer, scope, 1), ...scope.unique];
  const tail: Tail = tailOf(writer, true);
  return queryOf({ ...select, where: conditions(writer, scope) }, { order, ...tail });
}

const WINDOWS = ['window on the key', 'window off the key', 'window over all'] as const;

export function windowed(writer: Writer): Query {
  const { choose } = writer;
  const { parts, scope } = fromClause(writer);
  if (scope.unique.length === 0) return plainRows(writer);
  const feature = choose.feature(scope.key.length > 0 ? WINDOWS : WINDOWS.slice(1));
  const partition = {
    'window on the key': `partition by ${scope.key.map(({ name }) => name).join(', ')} `,
    'window off the key': `partition by ${anyColumn(writer, scope, 'text', 'bool')?.name ?? '1'} `,
    'window over all': '',
  }[feature];
  const window = `${partition}order by ${intExpression(writer, scope, 1)}${choose.pick(['', ' desc', ' nulls first'])}, ${scope.unique.join(', ')}`;
  const calls = Array.from({ length: 1 + choose.below(2) }, () =>
    windowCall(writer, scope, window),
  );
  const targets = [...scope.unique, ...calls].map((one, i) => `${one} as o${i}`);
  const select = { ...EMPTY_SELECT, targets, from: parts, where: conditions(writer, scope) };
  const names = targets.map((_, i) => `o${i}`);
  return queryOf(select, ordering(writer, scope, { names, isHiddenAllowed: true }));
}

function windowCall(writer: Writer, scope: Scope, window: string): string {
  const { choose } = writer;
  if (choose.chance(0.3)) {
    choose.note('frame');
    const frame = choose.pick([
      'rows between 2 preceding and 1 following',
      'rows unbounded preceding exclude current row',
      'groups between 1 preceding and current row',
    ]);
    return `sum(${intExpression(writer, scope, 1)}) over (${window} ${frame})`;
  }
  const call = choose.pick([
    'row_number()',
    'rank()',
    'ntile(3)',
    'percent_rank()',
    `lag(${intExpression(writer, scope, 1)}, 1, -9)`,
    `first_value(${textExpression(writer, scope)})`,
    `count(*) filter (where ${intExpression(writer, scope, 0)} > 1)`,
    `avg(${numericExpression(writer, scope)})`,
  ]);
  return `${call} over (${window})`;
}

const OPERATORS = ['union', 'union all', 'intersect', 'except'] as const;

export function setOperation(writer: Writer): Query {
  const { choose } = writer;
  const makers = choose.pick([
    [intExpression],
    [intExpression, textExpression],
    [numericExpression],
    [textExpression],
  ] as const);
  const arm = (isFirst: boolean): Select => {
    const { parts, scope } = choose.chance(0.8)
      ? oneTable(writer)
      : fromClause({ ...writer, depth: 1 });
    const values = makers.map((make) => make(writer, scope));
    const targets = isFirst ? values.map((value, i) => `${value} as o${i}`) : values;
    return { ...EMPTY_SELECT, targets, from: parts, where: conditions(writer, scope, 1) };
  };
  const count = choose.chance(0.25) ? 3 : 2;
  const arms = Array.from({ length: count }, (_, i) => arm(i === 0));
  const operators = arms.slice(1).map(() => {
    const operator = choose.feature(OPERATORS);
    return operator !== 'union all' && operator !== 'union' && choose.chance(0.3)
      ? `${operator} all`
      : operator;
  });
  const names = makers.map((_, i) => `o${i}`);
  const rest = ordering(
    writer,
    { columns: [], unique: [], key: [] },
    { names, isHiddenAllowed: false },
  );
  return { ...queryOf(arms[0] as Select, rest), arms, operators };
}
