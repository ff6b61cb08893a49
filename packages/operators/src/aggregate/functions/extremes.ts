import type { AggregateCall, AggregateFunction, AggregateSplit } from '../aggregate-function.js';

/** Types whose values have an order of their own in their column's layout. */
const BY_VALUE: ReadonlySet<string> = new Set([
  'int2',
  'int4',
  'int8',
  'oid',
  'float4',
  'float8',
  'date',
  'timestamp',
  'timestamptz',
  'uuid',
  'bytea',
]);

/** Text in byte order where its collation is byte order. */
const BY_BYTES: ReadonlySet<string> = new Set(['text', 'varchar', 'name']);

/** Least and greatest value: of those of the shards, once more. Equal ones (1.0 and 1.00) are free to choose from. */
export const min: AggregateFunction = extreme('min');
export const max: AggregateFunction = extreme('max');

function extreme(name: 'min' | 'max'): AggregateFunction {
  return {
    names: [name],
    split(call): AggregateSplit {
      const order = orderOf(call);
      return {
        partials: [`${name}(a0)`],
        finalSql: `${name}(p0)`,
        kernel: order === undefined ? undefined : `${name}${order}`,
        bound: name === 'max' ? 'greatest' : 'least',
      };
    },
  };
}

/** End of the kernel's name; undefined where the order is the server's own. */
function orderOf({ argumentTypes: [type = ''], comparable }: AggregateCall): string | undefined {
  if (BY_VALUE.has(type)) return '';
  if (type === 'numeric') return ' numeric';
  if (!comparable) return undefined;
  if (type === 'bpchar') return ' bpchar';
  return BY_BYTES.has(type) ? ' text' : undefined;
}
