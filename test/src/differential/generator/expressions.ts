/** Scalar expressions over a scope, by what they give. None depends on which of several equal values a group shows. */
import type { Family } from './column-types.js';
import { anyColumn, columnsOf, literal, type Scope, type Writer } from './scope.js';

/** An int4. */
export function intExpression(writer: Writer, scope: Scope, depth: number = 2): string {
  const { choose } = writer;
  const column = anyColumn(writer, scope, 'int');
  const leaf = (): string =>
    column === undefined || choose.chance(0.1)
      ? literal(writer, choose.below(12) - 2, 'int')
      : `${column.name}::int`;
  if (depth === 0 || choose.chance(0.4)) return column === undefined ? leaf() : column.name;
  const inner = (): string => intExpression(writer, scope, depth - 1);
  const text = anyColumn(writer, scope, 'text');
  const date = anyColumn(writer, scope, 'date');
  return choose.pick<() => string>([
    () => `(${inner()} + ${leaf()})`,
    () => `(${inner()} - ${inner()})`,
    () => `(${inner()} * 2)`,
    () => `abs(${inner()})`,
    () => `(${inner()} % 3)`,
    () => `coalesce(${inner()}, ${leaf()})`,
    () => `nullif(${inner()}, 1)`,
    () => `greatest(${inner()}, ${leaf()})`,
    () => `case when ${condition(writer, scope, depth - 1)} then ${inner()} else ${leaf()} end`,
    () => (text === undefined ? leaf() : `length(${text.name})`),
    () => (date === undefined ? leaf() : `extract(month from ${date.name})::int`),
  ])();
}

export function numericExpression(writer: Writer, scope: Scope): string {
  const { choose } = writer;
  const column = anyColumn(writer, scope, 'num');
  if (column === undefined) return `(${intExpression(writer, scope, 1)})::numeric`;
  return choose.pick([
    column.name,
    `(${column.name} + ${literal(writer, '1.25', 'numeric')})`,
    `round(${column.name}, 1)`,
    `(${column.name} * ${intExpression(writer, scope, 0)})`,
    `abs(${column.name})`,
    `coalesce(${column.name}, 0)`,
  ]);
}

export function textExpression(writer: Writer, scope: Scope): string {
  const { choose } = writer;
  const column = anyColumn(writer, scope, 'text');
  if (column === undefined) return `(${intExpression(writer, scope, 0)})::text`;
  return choose.pick([
    column.name,
    `upper(${column.name})`,
    `left(${column.name}, 2)`,
    `(${column.name} || ${literal(writer, '!', 'text')})`,
    `coalesce(${column.name}, ${literal(writer, 'none', 'text')})`,
    `concat(${column.name}, '-', ${intExpression(writer, scope, 0)})`,
  ]);
}

/** Something of any type; floats only as they are. */
export function anyExpression(writer: Writer, scope: Scope): string {
  const { choose } = writer;
  return choose.pick<() => string>([
    () => intExpression(writer, scope),
    () => numericExpression(writer, scope),
    () => textExpression(writer, scope),
    () => choose.pick(scope.columns).name,
    () => choose.pick(scope.columns).name,
    () => `(${condition(writer, scope, 1)})`,
    () => timeExpression(writer, scope),
  ])();
}

function timeExpression(writer: Writer, scope: Scope): string {
  const { choose } = writer;
  const column = anyColumn(writer, scope, 'date', 'time');
  if (column === undefined) return intExpression(writer, scope, 0);
  return choose.pick([
    `date_trunc('month', ${column.name})`,
    `(${column.name} + interval '1 day')`,
    `extract(year from ${column.name})`,
    `to_char(${column.name}, 'YYYY-MM')`,
  ]);
}

/** Types whose columns can be compared with each other and sorted. */
const ORDERED: readonly Family[] = [
  'int',
  'big',
  'num',
  'float',
  'real',
  'text',
  'bool',
  'date',
  'time',
  'interval',
  'uuid',
  'enum',
  'json',
  'range',
  'array',
  'bytes',
];

/** A condition without a subquery. */
export function condition(writer: Writer, scope: Scope, depth: number = 2): string {
  const { choose } = writer;
  if (depth > 0 && choose.chance(0.25)) {
    const [left, right] = [
      condition(writer, scope, depth - 1),
      condition(writer, scope, depth - 1),
    ];
    return choose.pick([`(${left} or ${right})`, `(${left} and ${right})`, `not (${left})`]);
  }
  const int = (): string => intExpression(writer, scope, 1);
  const text = anyColumn(writer, scope, 'text');
  const bool = anyColumn(writer, scope, 'bool');
  const any = choose.pick(scope.columns);
  return choose.pick<() => string>([
    () =>
      `${int()} ${choose.pick(['<', '>', '<=', '>=', '=', '<>'])} ${literal(writer, choose.below(10) - 2, 'int')}`,
    () => `${int()} between ${literal(writer, choose.below(4) - 3, 'int')} and ${int()}`,
    () => `${int()} in (1, 2, ${literal(writer, choose.below(9), 'int')})`,
    () => `${any.name} is ${choose.pick(['', 'not '])}null`,
    () =>
      text === undefined
        ? `${int()} > 0`
        : `${text.name} like ${literal(writer, choose.pick(['%a%', 'A%', '_']), 'text')}`,
    () =>
      text === undefined
        ? `${int()} < 4`
        : `${text.name} >= ${literal(writer, choose.pick(['', 'B', 'ä']), 'text')}`,
    () =>
      bool === undefined ? `${int()} <> 2` : choose.pick([bool.name, `${bool.name} is not true`]),
    () => sameTypeComparison(writer, scope),
    () => `${numericExpression(writer, scope)} > ${literal(writer, '1.5', 'numeric')}`,
  ])();
}

/** Two columns of one type, if there are; an int with itself is one. */
function sameTypeComparison(writer: Writer, scope: Scope): string {
  const { choose } = writer;
  const first = choose.pick(columnsOf(scope, ...ORDERED));
  const others = scope.columns.filter(({ cast }) => cast === first.cast);
  const second = choose.pick(others);
  // Collations may differ: which one holds must be said.
  if (first.family === 'text') return `${first.name} = ${second.name} collate "C"`;
  return `${first.name} ${choose.pick(['=', 'is distinct from', 'is not distinct from', '<='])} ${second.name}`;
}
