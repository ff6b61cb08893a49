import { type Schema, typeName } from '@millrace/batch';
import type { Accumulator, ColumnOrder, Combine, GroupKey, Pipeline } from '@millrace/operators';
import { ConfigurationError } from '../errors.js';
import { COMBINE_AGGREGATES } from './combine-aggregates.js';
import type { CombinePlan } from './combine-options.js';

interface Combined {
  readonly combine: Combine;
  /** For each column of the streams the column of `combine` that it becomes. */
  readonly columns: readonly number[];
  /** How each of them is ordered. */
  readonly orders: readonly ColumnOrder[];
}

/**
 * The merge of streams with these columns; what goes out has the same columns in the same order.
 *
 * @throws ConfigurationError for a column that is not there, or has no such aggregate
 */
export function combinePipeline(plan: CombinePlan, input: Schema, inputCount: number): Pipeline {
  const { orderBy, limit, offset, batchRows } = plan;
  const { combine, columns, orders } = combined(plan, input);
  const sort = orderBy.map(({ column: name, descending, nullsFirst }, i) => {
    const column = columnOf(input, name, `orderBy[${i}]`);
    const order = orders[column] as ColumnOrder;
    return { column: columns[column] as number, order, descending, nullsFirst };
  });
  return {
    input,
    inputCount,
    combine,
    sort,
    limit:
      limit === undefined && offset === 0 ? undefined : { offset, count: limit, withTies: false },
    columns,
    batchRows,
  };
}

function combined({ groupBy, aggregates }: CombinePlan, input: Schema): Combined {
  const { fields } = input;
  const orders = fields.map(({ type }): ColumnOrder => (type.kind === 'utf8' ? 'bytes' : 'value'));
  const all = fields.map((_, column) => column);
  if (groupBy === undefined) return { combine: { kind: 'gather' }, columns: all, orders };
  const grouped =
    groupBy === 'all' ? all : groupBy.map((name, i) => columnOf(input, name, `groupBy[${i}]`));
  const keys = grouped.map((column): GroupKey => ({ column, order: orders[column] ?? 'value' }));
  const accumulators: Accumulator[] = [];
  const columns: number[] = [...all];
  grouped.forEach((column, i) => {
    columns[column] = i;
  });
  for (const [name, aggregate] of aggregates) {
    const column = columnOf(input, name, `aggregates.${name}`);
    const type = (fields[column] as Schema['fields'][number]).type;
    const kernel = COMBINE_AGGREGATES[aggregate](type);
    if (kernel === undefined) {
      throw new ConfigurationError(
        `combineStreams: aggregates.${name}: there is no ${aggregate} of a column of ${typeName(type)}${
          aggregate === 'sum'
            ? ': cast it in every statement, as numeric(36,2) and DECIMAL(36,2)'
            : ''
        }`,
      );
    }
    if (kernel === 'sum numeric') orders[column] = 'numeric';
    columns[column] = keys.length + accumulators.length;
    accumulators.push({ kernel, columns: [column] });
  }
  checkCovered(input, [...grouped, ...accumulators.flatMap((one) => one.columns)]);
  return { combine: { kind: 'aggregate', keys, accumulators }, columns, orders };
}

/** A column of a group whose values differ has no one value. */
function checkCovered({ fields }: Schema, covered: readonly number[]): void {
  const free = fields.find((_, column) => !covered.includes(column));
  if (free === undefined) return;
  throw new ConfigurationError(
    `combineStreams: column '${free.name}' must be in groupBy or in aggregates, or not in the streams`,
  );
}

function columnOf({ fields }: Schema, name: string, option: string): number {
  const column = fields.findIndex((field) => field.name === name);
  const names = fields.map((field) => `'${field.name}'`).join(', ');
  if (column < 0) {
    throw new ConfigurationError(
      `combineStreams: ${option}: there is no column '${name}' in the first stream that has rows: it has ${names}`,
    );
  }
  if (fields.findLastIndex((field) => field.name === name) > column) {
    throw new ConfigurationError(`combineStreams: ${option}: several columns are named '${name}'`);
  }
  return column;
}
