/** WITH: used once and twice, materialized, recursive; VALUES and TABLE. */
import { aggregateExpression } from './aggregates.js';
import { derivedTable } from './derived-tables.js';
import { intExpression, textExpression } from './expressions.js';
import { EMPTY_SELECT, type Query, queryOf } from './query.js';
import { anyColumn, type Scope, scopeOf, type Writer } from './scope.js';

const DERIVED = [
  'derived rows',
  'derived groups on the key',
  'derived groups off the key',
  'derived distinct rows',
] as const;

const CTES = ['cte', 'cte used twice', 'materialized cte'] as const;

export function withCte(writer: Writer): Query {
  const { choose } = writer;
  const feature = choose.feature(CTES);
  const { source, alias } = derivedTable(writer, choose.feature(DERIVED));
  const name = alias.replace(/\(.*/, '');
  const hint =
    feature === 'materialized cte' ? choose.pick(['materialized', 'not materialized']) : '';
  const ctes = [{ name: alias, hint, body: source }];
  const one = named(writer.name('x'), ['a', 'b', 'c']);
  const first = { join: '', source: name, alias: one.alias, condition: '' };
  if (feature !== 'cte used twice') {
    const isGrouped = choose.chance(0.6);
    const keys = isGrouped ? [textExpression(writer, one.scope)] : [];
    const values = [aggregateExpression(writer, one.scope).sql, 'count(*)'];
    const targets = [...keys, ...values].map((value, i) => `${value} as o${i}`);
    return queryOf(
      { ...EMPTY_SELECT, targets, from: [first], group: keys },
      { ctes, order: isGrouped ? ['1'] : [] },
    );
  }
  if (choose.chance(0.5)) {
    const where = [`${one.alias}.a >= (select avg(a) from ${name})`];
    const targets = [intExpression(writer, one.scope, 1), `${one.alias}.b`].map(
      (value, i) => `${value} as o${i}`,
    );
    return queryOf({ ...EMPTY_SELECT, targets, from: [first], where }, { ctes, order: ['1', '2'] });
  }
  const two = named(writer.name('x'), ['a', 'b', 'c']);
  const join = {
    join: choose.pick(['join', 'left join']),
    source: name,
    alias: two.alias,
    condition: `on ${one.alias}.a = ${two.alias}.a`,
  };
  const targets = ['count(*) as o0', `sum(${two.alias}.c) as o1`];
  return queryOf({ ...EMPTY_SELECT, targets, from: [first, join] }, { ctes });
}

function named(
  alias: string,
  names: readonly [string, string, string],
): { alias: string; scope: Scope } {
  const [a, b, c] = names.map((name) => `${alias}.${name}`) as [string, string, string];
  const columns = [
    { name: a, family: 'int', cast: 'int4' },
    { name: b, family: 'text', cast: 'text' },
    { name: c, family: 'num', cast: 'numeric' },
  ] as const;
  return { alias, scope: { columns, unique: [], key: [] } };
}

/** A series joined with a table, and a walk over one. */
export function recursive(writer: Writer): Query {
  const { choose, schema } = writer;
  choose.note('recursive cte');
  const table = choose.pick([...schema.together, schema.apart]);
  const alias = writer.name('t');
  const scope = scopeOf(table, alias);
  const int = anyColumn(writer, scope, 'int')?.name ?? '1';
  if (choose.chance(0.5)) {
    const body = 'select 1 union all select i + 1 from series where i < 5';
    const from = [
      { join: '', source: 'series', alias: '', condition: '' },
      { join: 'left join', source: table.name, alias, condition: `on ${int} = i` },
    ];
    const targets = ['i as o0', `count(${alias}.id) as o1`];
    const ctes = [{ name: 'series(i)', hint: '', body }];
    return queryOf(
      { ...EMPTY_SELECT, targets, from, group: ['i'] },
      { recursive: true, ctes, order: ['1'] },
    );
  }
  const body = `select id, 0 from ${table.name} where id <= 3
    union all select ${alias}.id, depth + 1 from ${table.name} ${alias} join walk on ${alias}.id = walk.id * 2`;
  const from = [{ join: '', source: 'walk', alias: '', condition: '' }];
  const ctes = [{ name: 'walk(id, depth)', hint: '', body }];
  return queryOf(
    { ...EMPTY_SELECT, targets: ['id as o0', 'depth as o1'], from },
    { recursive: true, ctes, order: ['1', '2'] },
  );
}

/** What is no SELECT: the text of it. */
export function plainText(writer: Writer): string {
  const { choose, schema } = writer;
  const table = choose.pick([...schema.together, schema.apart, ...schema.replicated]);
  if (choose.feature(['values', 'table'] as const) === 'table') {
    return `table ${table.name} order by id${choose.pick(['', ' limit 5', ' offset 3'])}`;
  }
  return choose.pick([
    'values (1, null), (2, $$b$$) order by 2',
    `values ((select count(*) from ${table.name})), (7)`,
    `values ((select max(id) from ${table.name}), now() > timestamp $$2001-01-01$$)`,
  ]);
}
