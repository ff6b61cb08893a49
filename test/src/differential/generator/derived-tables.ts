/** Queries in FROM, with the columns they give. */
import { conditions } from './conditions.js';
import { correlation } from './correlation.js';
import { condition, intExpression, numericExpression, textExpression } from './expressions.js';
import { oneTable } from './one-table.js';
import { EMPTY_SELECT, type Query, queryOf } from './query.js';
import type { Column, Table } from './schema.js';
import { anyColumn, type Scope, scopeOf, type Writer } from './scope.js';

export interface Derived {
  readonly source: Query;
  /** With its columns. */
  readonly alias: string;
  readonly scope: Scope;
}

export type DerivedFeature =
  | 'derived rows'
  | 'derived groups on the key'
  | 'derived groups off the key'
  | 'derived rows with a limit'
  | 'derived distinct rows';

/** Column `a` is an int, `b` a text, `c` a numeric; further ones are keys. */
export function derivedTable(outer: Writer, feature: DerivedFeature): Derived {
  const writer = { ...outer, depth: outer.depth + 1 };
  if (feature === 'derived groups on the key' || feature === 'derived groups off the key') {
    return groups(writer, feature);
  }
  const from = oneTable(writer);
  const { scope } = from;
  const values = [
    intExpression(writer, scope),
    textExpression(writer, scope),
    numericExpression(writer, scope),
  ];
  const isDistinct = feature === 'derived distinct rows';
  const targets = isDistinct ? values : [...values, ...scope.unique];
  const select = {
    ...EMPTY_SELECT,
    targets,
    from: from.parts,
    where: conditions(writer, scope, 1),
  };
  const extra = isDistinct ? 0 : scope.unique.length;
  if (isDistinct)
    return named(writer, queryOf({ ...select, distinct: 'distinct' }), { extra, unique: [] });
  if (feature === 'derived rows')
    return named(writer, queryOf(select), { extra, unique: extraNames(extra) });
  const order = [...writer.choose.some(['1 desc', '2', '3 nulls first'], 0, 2), ...scope.unique];
  const tail = [`limit ${writer.choose.below(20)}`, ...writer.choose.some(['offset 2'], 0, 1)];
  return named(writer, queryOf(select, { order, tail }), { extra, unique: extraNames(extra) });
}

function groups(writer: Writer, feature: DerivedFeature): Derived {
  const { choose, schema } = writer;
  const table: Table = choose.pick(schema.together);
  const alias = writer.name('t');
  const scope = scopeOf(table, alias);
  const isOnKey = feature === 'derived groups on the key';
  const keys = isOnKey
    ? scope.key.map(({ name }) => name)
    : [anyColumn(writer, scope, 'text')?.name ?? '1'];
  const select = {
    ...EMPTY_SELECT,
    targets: [
      'count(*)::int',
      `min(${textExpression(writer, scope)})`,
      `sum(${numericExpression(writer, scope)})`,
      ...keys,
    ],
    from: [{ join: '', source: table.name, alias, condition: '' }],
    where: choose.chance(0.4) ? [condition(writer, scope, 1)] : [],
    group: keys,
    having: choose.chance(0.2) ? ['count(*) > 1'] : [],
  };
  return named(writer, queryOf(select), { extra: keys.length, unique: extraNames(keys.length) });
}

/** A query over another table for each row of the left one. */
export function lateralQuery(
  outer: Writer,
  left: Scope,
  feature: 'lateral aggregate' | 'lateral top rows',
): Derived {
  const writer = { ...outer, depth: outer.depth + 1 };
  const { choose, schema } = writer;
  const table = choose.pick([...schema.together, schema.apart]);
  const alias = writer.name('t');
  const scope = scopeOf(table, alias);
  const where = [correlation(writer, left, scope)];
  const from = [{ join: '', source: table.name, alias, condition: '' }];
  if (feature === 'lateral aggregate') {
    const targets = [
      'count(*)::int',
      `max(${textExpression(writer, scope)})`,
      `sum(${numericExpression(writer, scope)})`,
    ];
    const query = queryOf({ ...EMPTY_SELECT, targets, from, where });
    // One row for each row of the left side adds nothing to what makes rows unique.
    return named(writer, query, { extra: 0, unique: ['a'] });
  }
  const values = [
    intExpression(writer, scope),
    textExpression(writer, scope),
    numericExpression(writer, scope),
  ];
  const query = queryOf(
    { ...EMPTY_SELECT, targets: [...values, ...scope.unique], from, where },
    { order: [intExpression(writer, scope, 0), ...scope.unique], tail: ['limit 2'] },
  );
  return named(writer, query, { extra: 1, unique: ['k1'] });
}

const extraNames = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `k${i + 1}`);

function named(
  writer: Writer,
  source: Query,
  { extra, unique }: { extra: number; unique: readonly string[] },
): Derived {
  const alias = writer.name('d');
  const columns: readonly Column[] = [
    { name: `${alias}.a`, family: 'int', cast: 'int4' },
    { name: `${alias}.b`, family: 'text', cast: 'text' },
    { name: `${alias}.c`, family: 'num', cast: 'numeric' },
  ];
  const names = ['a', 'b', 'c', ...extraNames(extra)];
  return {
    source,
    alias: `${alias}(${names.join(', ')})`,
    scope: { columns, unique: unique.map((name) => `${alias}.${name}`), key: [] },
  };
}
