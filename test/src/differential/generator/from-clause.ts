/** FROM clauses: tables, joins on the key and off it, from and to replicated tables, derived tables, LATERAL. */
import { derivedTable, lateralQuery } from './derived-tables.js';
import { condition, intExpression } from './expressions.js';
import type { Feature } from './features.js';
import { type FromClause, fromTable, oneTable } from './one-table.js';
import type { FromPart } from './query.js';
import type { Table } from './schema.js';
import { anyColumn, type Scope, scopeOf, type Writer } from './scope.js';

type Maker = (writer: Writer) => FromClause;

const JOINS = [
  'inner join on the key',
  'left join on the key',
  'full join on the key',
  'self join on the key',
  'join of replicated tables',
  'left join from a replicated table',
  'left join to a replicated table',
  'right join to a replicated table',
  'full join with a replicated table',
  'join off the key',
  'left join off the key',
  'cross join',
  'lateral aggregate',
  'lateral top rows',
  'function in from',
  'values in from',
  'three tables',
] as const;
const DERIVED = [
  'derived rows',
  'derived groups on the key',
  'derived groups off the key',
  'derived rows with a limit',
  'derived distinct rows',
] as const;

/** Rows to select from; joins and derived tables only near the top, for the sake of the servers. */
export function fromClause(writer: Writer): FromClause {
  const { choose, depth } = writer;
  if (depth > 1 || choose.chance(0.35)) return oneTable(writer);
  if (depth === 0 && choose.chance(0.25)) {
    const { source, scope, alias } = derivedTable(writer, choose.feature(DERIVED));
    return { parts: [{ join: '', source, alias, condition: '' }], scope };
  }
  return makers[choose.feature(JOINS)](writer);
}

interface Joined {
  readonly join: string;
  readonly table: Table;
  readonly condition: (left: Scope, right: Scope) => string;
}

function joined(writer: Writer, left: FromClause, { join, table, condition }: Joined): FromClause {
  const alias = writer.name('t');
  const right = scopeOf(table, alias);
  const part = { join, source: table.name, alias, condition: condition(left.scope, right) };
  return { parts: [...left.parts, part], scope: both(left.scope, right) };
}

function both(left: Scope, right: Scope): Scope {
  return {
    columns: [...left.columns, ...right.columns],
    unique:
      left.unique.length > 0 && right.unique.length > 0 ? [...left.unique, ...right.unique] : [],
    key: left.key,
  };
}

const sameKey = ({ key }: Scope, right: Scope): string =>
  `on ${key.map(({ name }, i) => `${name} = ${right.key[i]?.name}`).join(' and ')}`;

/** Equality of two int columns, or of something with the text of the other. */
function sameInt(writer: Writer): Joined['condition'] {
  return (left, right) => {
    const one = anyColumn(writer, left, 'int')?.name ?? '1';
    const other = anyColumn(writer, right, 'int')?.name ?? '1';
    // More than the equality, sometimes.
    const more = writer.choose.chance(0.3) ? ` and ${condition(writer, right, 0)}` : '';
    return `on ${one} = ${other}${more}`;
  };
}

function onKey(join: string): Maker {
  return (writer) => {
    const [one, other] = writer.schema.together;
    return joined(writer, fromTable(writer, one), { join, table: other, condition: sameKey });
  };
}

function offKey(
  join: string,
  tables: (writer: Writer) => readonly [left: Table, right: Table],
): Maker {
  return (writer) => {
    const [left, right] = tables(writer);
    return joined(writer, fromTable(writer, left), {
      join,
      table: right,
      condition: sameInt(writer),
    });
  };
}

const sharded = ({ choose, schema }: Writer): Table =>
  choose.pick([...schema.together, schema.apart]);
const replicated = ({ choose, schema }: Writer): Table => choose.pick(schema.replicated);

const makers: Readonly<Record<(typeof JOINS)[number], Maker>> = {
  'inner join on the key': onKey('join'),
  'left join on the key': onKey('left join'),
  'full join on the key': onKey('full join'),
  'self join on the key': (writer) => {
    const [table] = writer.schema.together;
    return joined(writer, fromTable(writer, table), { join: 'join', table, condition: sameKey });
  },
  'join of replicated tables': offKey('join', ({ schema }) => schema.replicated),
  'left join from a replicated table': offKey('left join', (w) => [replicated(w), sharded(w)]),
  'left join to a replicated table': offKey('left join', (w) => [sharded(w), replicated(w)]),
  'right join to a replicated table': offKey('right join', (w) => [sharded(w), replicated(w)]),
  'full join with a replicated table': (writer) => {
    const plain: Joined['condition'] = (left, right) =>
      `on ${anyColumn(writer, left, 'int')?.name} = ${anyColumn(writer, right, 'int')?.name}`;
    const [left, right] = [sharded(writer), replicated(writer)];
    return joined(writer, fromTable(writer, left), {
      join: 'full join',
      table: right,
      condition: plain,
    });
  },
  'join off the key': offKey('join', ({ schema }) => [schema.together[0], schema.apart]),
  'left join off the key': offKey('left join', ({ schema }) => [schema.apart, schema.together[1]]),
  'cross join': (writer) =>
    joined(writer, fromTable(writer, sharded(writer)), {
      join: 'cross join',
      table: writer.schema.replicated[0],
      condition: () => '',
    }),
  'lateral aggregate': (writer) => lateral(writer, 'lateral aggregate'),
  'lateral top rows': (writer) => lateral(writer, 'lateral top rows'),
  'function in from': (writer) => {
    const alias = writer.name('f');
    const scope: Scope = {
      columns: [{ name: alias, family: 'int', cast: 'int4' }],
      unique: [alias],
      key: [],
    };
    const source = 'generate_series(-1, 4)';
    const part = { join: '', source, alias, condition: '' };
    const join = writer.choose.pick(['join', 'left join']);
    return joined(
      writer,
      { parts: [part], scope },
      { join, table: sharded(writer), condition: sameInt(writer) },
    );
  },
  'values in from': (writer) => {
    const left = fromTable(writer, sharded(writer));
    const alias = writer.name('v');
    const columns = [
      { name: `${alias}.a`, family: 'int', cast: 'int4' },
      { name: `${alias}.b`, family: 'text', cast: 'text' },
    ] as const;
    const part: FromPart = {
      join: 'join',
      source: `(values (1, 'one'), (2, null), (3, 'three'))`,
      alias: `${alias}(a, b)`,
      condition: `on ${alias}.a = ${intExpression(writer, left.scope, 0)}`,
    };
    const scope = both(left.scope, { columns, unique: [`${alias}.a`], key: [] });
    return { parts: [...left.parts, part], scope };
  },
  'three tables': (writer) => {
    const two = onKey('join')(writer);
    return joined(writer, two, {
      join: writer.choose.pick(['join', 'left join']),
      table: replicated(writer),
      condition: sameInt(writer),
    });
  },
};

function lateral(
  writer: Writer,
  feature: Feature & ('lateral aggregate' | 'lateral top rows'),
): FromClause {
  const left = fromTable(writer, writer.choose.chance(0.5) ? sharded(writer) : replicated(writer));
  const { source, alias, scope } = lateralQuery(writer, left.scope, feature);
  const join = writer.choose.pick(['cross join', 'left join']);
  const part: FromPart = {
    join: `${join} lateral`,
    source,
    alias,
    condition: join === 'left join' ? 'on true' : '',
  };
  return { parts: [...left.parts, part], scope: both(left.scope, scope) };
}
