/** Calls of aggregates over a scope, each with its feature. Where the order of rows decides, it is total. */
import { condition, intExpression, numericExpression, textExpression } from './expressions.js';
import type { Feature } from './features.js';
import { anyColumn, type columnsOf, type Scope, type Writer } from './scope.js';

/** Whether the call's value can be computed with, compared and sorted by: what an int8 or numeric can. */
export interface AggregateCall {
  readonly sql: string;
  readonly exact: boolean;
}

type Maker = (writer: Writer, scope: Scope) => string;

const int: Maker = (writer, scope) => intExpression(writer, scope, 1);
const orderOf = ({ unique }: Scope): string => unique.join(', ');

function column(...families: Parameters<typeof columnsOf>[1][]): Maker {
  return (writer, scope) => anyColumn(writer, scope, ...families)?.name ?? int(writer, scope);
}

const float = column('float');
const VARIANCES = ['variance', 'var_pop', 'var_samp', 'stddev', 'stddev_pop'];
const REGRESSIONS =
  'covar_pop covar_samp corr regr_slope regr_intercept regr_count regr_r2 regr_avgx regr_avgy regr_sxx regr_syy regr_sxy';

const spread =
  (argument: Maker): Maker =>
  (writer, scope) =>
    `${writer.choose.pick(VARIANCES)}(${argument(writer, scope)})`;
const call =
  (name: string, argument: Maker): Maker =>
  (writer, scope) =>
    `${name}(${argument(writer, scope)})`;

/** Aggregates of which the value is exact, and a number. */
const EXACT: readonly (readonly [Feature, Maker])[] = [
  ['count(*)', () => 'count(*)'],
  ['count', (writer, scope) => `count(${writer.choose.pick(scope.columns).name})`],
  ['sum of int', call('sum', int)],
  ['sum of bigint', call('sum', column('big'))],
  ['sum of numeric', call('sum', numericExpression)],
  ['avg of int', call('avg', int)],
  ['avg of numeric', call('avg', numericExpression)],
  [
    'count(distinct)',
    (writer, scope) =>
      `count(distinct ${writer.choose.pick([...scope.key, ...scope.columns]).name})`,
  ],
  [
    'sum(distinct)',
    (writer, scope) => `${writer.choose.pick(['sum', 'avg'])}(distinct ${int(writer, scope)})`,
  ],
  [
    'distinct and plain aggregates',
    (writer, scope) => `(count(distinct ${int(writer, scope)}) + sum(${int(writer, scope)}))`,
  ],
  [
    'bit aggregate',
    (writer, scope) =>
      `${writer.choose.pick(['bit_and', 'bit_or', 'bit_xor'])}(${int(writer, scope)})`,
  ],
  ['mode', (writer, scope) => `mode() within group (order by ${int(writer, scope)})`],
  [
    'own aggregate',
    (writer, scope) =>
      `product((${int(writer, scope)} % 2 + 2)::numeric(3, 1)) filter (where ${scope.unique[0] ?? '1'} is not null and ${intExpression(writer, scope, 0)} > 3)`,
  ],
  [
    'hypothetical set',
    (writer, scope) =>
      `${writer.choose.pick(['rank', 'dense_rank'])}(3) within group (order by ${int(writer, scope)})`,
  ],
];

const OTHERS: readonly (readonly [Feature, Maker])[] = [
  ['sum of float', call('sum', float)],
  ['sum of real', call('sum', column('real'))],
  [
    'sum of interval',
    (writer, scope) =>
      `${writer.choose.pick(['sum', 'avg'])}(${column('interval')(writer, scope)})`,
  ],
  ['avg of float', call('avg', column('float', 'real'))],
  ['variance of int', spread(int)],
  ['variance of numeric', spread(numericExpression)],
  ['variance of float', spread(float)],
  [
    'regression',
    (writer, scope) =>
      `${writer.choose.pick(REGRESSIONS.split(' '))}(${float(writer, scope)}, ${int(writer, scope)})`,
  ],
  [
    'min or max',
    (writer, scope) =>
      `${writer.choose.pick(['min', 'max'])}(${column('int', 'big', 'num', 'float', 'real', 'text', 'date', 'time', 'interval', 'enum')(writer, scope)})`,
  ],
  [
    'bool_and or bool_or',
    (writer, scope) =>
      `${writer.choose.pick(['bool_and', 'bool_or', 'every'])}(${condition(writer, scope, 1)})`,
  ],
  [
    'percentile_disc',
    (writer, scope) =>
      `percentile_disc(${writer.choose.pick(['0.5', '0', '1', 'array[0.25, 0.75]'])}) within group (order by ${column('int', 'text', 'date', 'num')(writer, scope)}${writer.choose.pick(['', ' desc'])})`,
  ],
  [
    'percentile_cont',
    (writer, scope) =>
      `percentile_cont(${writer.choose.pick(['0.5', '0.1', 'array[0.3, 1]'])}) within group (order by ${column('int', 'float', 'interval')(writer, scope)})`,
  ],
  [
    'array_agg in order',
    (writer, scope) =>
      `array_agg(${column('int', 'text', 'big')(writer, scope)} order by ${int(writer, scope)} desc, ${orderOf(scope)})`,
  ],
  ['array_agg', call('array_agg', int)],
  ['array_agg(distinct)', call('array_agg', (writer, scope) => `distinct ${int(writer, scope)}`)],
  [
    'string_agg in order',
    (writer, scope) =>
      `string_agg(${textExpression(writer, scope)}, ',' order by ${orderOf(scope)})`,
  ],
  [
    'json aggregate',
    (writer, scope) =>
      `${writer.choose.pick(['json_agg', 'jsonb_agg'])}(${int(writer, scope)} order by ${orderOf(scope)})`,
  ],
  [
    'json object aggregate',
    (writer, scope) =>
      `${writer.choose.pick(['json_object_agg', 'jsonb_object_agg'])}('key ' || ${scope.unique.at(-1) ?? '1'}, ${int(writer, scope)} order by ${orderOf(scope)}) filter (where ${scope.unique.at(-1) ?? '1'} is not null)`,
  ],
  ['range_agg', (writer, scope) => `range_agg(int4range(${intExpression(writer, scope, 0)}, 100))`],
  ['any_value', () => `any_value(5)`],
];

const makers = new Map<Feature, Maker>([...EXACT, ...OTHERS]);
const exactFeatures = EXACT.map(([feature]) => feature);
/** What an aggregate that takes its rows in order needs is more than some scopes have. */
const ORDERED = new Set<Feature>([
  'array_agg in order',
  'string_agg in order',
  'json aggregate',
  'json object aggregate',
]);
const PARTIAL_RANGE = 'range_agg';

export function aggregateCall(
  writer: Writer,
  scope: Scope,
  exactOnly: boolean = false,
): AggregateCall {
  const { choose } = writer;
  const all = exactOnly ? exactFeatures : [...makers.keys()];
  const possible = all.filter((feature) => scope.unique.length > 0 || !ORDERED.has(feature));
  const feature = choose.feature(possible);
  const sql = makers.get(feature)?.(writer, scope) ?? 'count(*)';
  const isPlain = /^\w+\([^()]*(\([^()]*\)[^()]*)*\)$/.test(sql) && feature !== PARTIAL_RANGE;
  const filtered = isPlain && choose.chance(0.15);
  if (filtered) choose.note('filter');
  return {
    sql: filtered ? `${sql} filter (where ${condition(writer, scope, 1)})` : sql,
    exact: exactFeatures.includes(feature),
  };
}

/** An aggregate, or an expression over some. */
export function aggregateExpression(writer: Writer, scope: Scope): AggregateCall {
  const { choose } = writer;
  if (choose.chance(0.7)) return aggregateCall(writer, scope);
  choose.note('expression over aggregates');
  const one = aggregateCall(writer, scope, true).sql;
  const other = aggregateCall(writer, scope, true).sql;
  const sql = choose.pick([
    `coalesce(${one}, 0)`,
    `${one} + 1`,
    `-(${one})`,
    `${one} * 1.0 / nullif(${other}, 0)`,
    `case when ${one} > 3 then ${other} end`,
    `round(${one} * 1.0, 2)`,
    `${one} > ${other}`,
    `greatest(${one}, ${other})`,
  ]);
  return { sql, exact: false };
}
