import type { DataType } from '@millrace/batch';

/** How values of one column become one. NULLs do not count; of nothing but NULLs it is NULL. */
export type CombineAggregate = 'sum' | 'min' | 'max' | 'any_value' | 'bool_and' | 'bool_or';

/** The kernel for a column of a type; undefined where there is none. */
export const COMBINE_AGGREGATES: Readonly<
  Record<CombineAggregate, (type: DataType) => string | undefined>
> = {
  sum: ({ kind }) => SUMS[kind],
  min: (type) => extreme('min', type),
  max: (type) => extreme('max', type),
  any_value: () => 'any',
  bool_and: ({ kind }) => (kind === 'bool' ? 'and' : undefined),
  bool_or: ({ kind }) => (kind === 'bool' ? 'or' : undefined),
};

/** Integers become an int64, or an error; decimals a text of as many digits as it takes. */
const SUMS: Readonly<Partial<Record<DataType['kind'], string>>> = {
  int16: 'sum int8',
  int32: 'sum int8',
  int64: 'sum int8',
  decimal: 'sum numeric',
  float32: 'sum float',
  float64: 'sum float',
};

function extreme(name: 'min' | 'max', { kind }: DataType): string | undefined {
  if (kind === 'bool') return undefined;
  return kind === 'utf8' ? `${name} text` : name;
}
