/** Conjuncts of WHERE, with subqueries among them, and scalar subqueries. */
import { correlation } from './correlation.js';
import { condition, intExpression } from './expressions.js';
import type { Table } from './schema.js';
import { anyColumn, literal, type Scope, scopeOf, type Writer } from './scope.js';

const SUBQUERIES = [
  'key is a constant',
  'key is one of several',
  'exists on the key',
  'not exists on the key',
  'exists off the key',
  'not exists off the key',
  'in subquery',
  'not in subquery',
  'in subquery on the key',
  'scalar subquery',
  'correlated scalar subquery',
  'any or all of a subquery',
  'now()',
  'stable function',
] as const;

/** Some conjuncts, or none. */
export function conditions(writer: Writer, scope: Scope, most: number = 2): string[] {
  const { choose, depth } = writer;
  const plain = Array.from({ length: choose.below(most + 1) }, () => {
    choose.note('comparison');
    return condition(writer, scope);
  });
  if (depth > 1 || !choose.chance(0.35)) return plain;
  return [...plain, special(writer, scope)];
}

function special(writer: Writer, scope: Scope): string {
  const { choose } = writer;
  const hasKey = scope.key.length > 0;
  const usable = SUBQUERIES.filter(
    (feature) => hasKey || !/key/.test(feature) || /off/.test(feature),
  );
  const feature = choose.feature(usable);
  const not = feature.startsWith('not ') ? 'not ' : '';
  switch (feature) {
    case 'key is a constant':
      return keyEquals(writer, scope);
    case 'key is one of several':
      return `(${keyEquals(writer, scope)} or ${keyEquals(writer, scope)})`;
    case 'exists on the key':
    case 'not exists on the key':
      return exists(writer, scope, not, true);
    case 'exists off the key':
    case 'not exists off the key':
      return exists(writer, scope, not, false);
    case 'in subquery':
    case 'not in subquery':
      return `${intExpression(writer, scope, 0)} ${not}in (${intSubquery(writer)})`;
    case 'in subquery on the key':
      return inKeys(writer, scope);
    case 'scalar subquery':
      return `${intExpression(writer, scope, 1)} ${choose.pick(['<', '>=', '='])} (${scalarSubquery(writer)})`;
    case 'correlated scalar subquery':
      return `${intExpression(writer, scope, 1)} >= ${correlatedSubquery(writer, scope)}`;
    case 'any or all of a subquery':
      return `${intExpression(writer, scope, 0)} ${choose.pick(['= any', '>= all', '<> all', '< any'])} (${intSubquery(writer)})`;
    case 'now()':
      return choose.pick([
        'now() > timestamp $$2020-01-01$$',
        `now() = (select max(now()) from ${writer.schema.apart.name})`,
      ]);
    case 'stable function':
      return choose.pick([
        'current_date > date $$2020-01-01$$',
        `to_date('2020', 'YYYY') <= current_date`,
      ]);
  }
}

/** Each column of the key is a value that it may well have. */
function keyEquals(writer: Writer, scope: Scope): string {
  const { choose, schema } = writer;
  const [table] = schema.together;
  const constants: Record<string, readonly string[]> = {
    int4: ['0', '1', '3'],
    int8: ['9007199254740980', '9007199254740981'],
    text: ['key 0', 'key 2', 'part 1'],
    uuid: ['00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000001'],
    date: ['2020-03-01', '2020-03-03'],
    numeric: ['0', '0.0', '1.50'],
  };
  const parts = scope.key.map(({ name, cast }) => {
    const value = choose.pick(constants[cast] ?? ['0']);
    return `${name} = ${literal(writer, value, cast)}`;
  });
  return parts.length > 0 ? parts.join(' and ') : `${table.name} is not null`;
}

/** Tables whose rows can be looked for. */
const anyTable = ({ choose, schema }: Writer): Table =>
  choose.pick([...schema.together, schema.apart, schema.replicated[0]]);

function exists(writer: Writer, scope: Scope, not: string, onKey: boolean): string {
  const { choose, schema } = writer;
  const table = onKey ? choose.pick(schema.together) : anyTable(writer);
  const alias = writer.name('s');
  const inner = scopeOf(table, alias);
  const isSameKey = onKey && inner.key.every(({ cast }, i) => scope.key[i]?.cast === cast);
  const link = isSameKey
    ? inner.key.map(({ name }, i) => `${name} = ${scope.key[i]?.name}`).join(' and ')
    : `${anyColumn(writer, inner, 'int')?.name} = ${intExpression(writer, scope, 0)}`;
  const more = choose.chance(0.5) ? ` and ${condition(writer, inner, 0)}` : '';
  return `${not}exists (select 1 from ${table.name} ${alias} where ${link}${more})`;
}

function inKeys(writer: Writer, scope: Scope): string {
  const table = writer.choose.pick(writer.schema.together);
  const alias = writer.name('s');
  const inner = scopeOf(table, alias);
  const isSame =
    inner.key.length === scope.key.length &&
    inner.key.every(({ cast }, i) => scope.key[i]?.cast === cast);
  if (!isSame) return `${intExpression(writer, scope, 0)} in (${intSubquery(writer)})`;
  const names = (keys: Scope['key']): string => keys.map(({ name }) => name).join(', ');
  return `(${names(scope.key)}) in (select ${names(inner.key)} from ${table.name} ${alias} where ${condition(writer, inner, 1)})`;
}

/** Ints of a table; sometimes NULLs are taken out, without which NOT IN is never true. */
function intSubquery(writer: Writer): string {
  const table = anyTable(writer);
  const alias = writer.name('s');
  const scope = scopeOf(table, alias);
  const value = anyColumn(writer, scope, 'int')?.name ?? '1';
  const where = writer.choose.pick([
    '',
    ` where ${value} is not null`,
    ` where ${condition(writer, scope, 1)}`,
  ]);
  return `select ${value} from ${table.name} ${alias}${where}`;
}

/** One value of a whole table, as an int. */
export function scalarSubquery(writer: Writer): string {
  const table = anyTable(writer);
  const alias = writer.name('s');
  const scope = scopeOf(table, alias);
  const value = anyColumn(writer, scope, 'int')?.name ?? '1';
  return writer.choose.pick([
    `select count(*)::int % 10 from ${table.name} ${alias}`,
    `select max(${value}) from ${table.name} ${alias}`,
    `select avg(${value}) from ${table.name} ${alias} where ${condition(writer, scope, 1)}`,
    `select ${value} from ${table.name} ${alias} order by ${alias}.id limit 1`,
  ]);
}

/** A subquery that gives one value for each outer row. */
export function correlatedSubquery(writer: Writer, outer: Scope): string {
  const table = anyTable(writer);
  const alias = writer.name('s');
  const inner = scopeOf(table, alias);
  const value = writer.choose.pick([
    'count(*)',
    `max(${anyColumn(writer, inner, 'int')?.name ?? '1'})`,
    `min(${anyColumn(writer, inner, 'int')?.name ?? '1'})`,
  ]);
  return `(select ${value} from ${table.name} ${alias} where ${correlation(writer, outer, inner)})`;
}
