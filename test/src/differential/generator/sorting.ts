/** ORDER BY, LIMIT, OFFSET and FETCH of the outermost query. Ties are free: the comparison knows them. */
import { intExpression } from './expressions.js';
import type { Query } from './query.js';
import { anyColumn, type Scope, type Writer } from './scope.js';

export type Tail = Pick<Query, 'tail'>;

export interface OrderingOptions {
  /** Of the output columns that can be sorted by. */
  readonly names: readonly string[];
  /** Whether what is not shown can be sorted by. */
  readonly isHiddenAllowed: boolean;
}

export function ordering(
  writer: Writer,
  scope: Scope,
  { names, isHiddenAllowed }: OrderingOptions,
): Pick<Query, 'order' | 'tail'> {
  const { choose } = writer;
  const kinds = ['ordinal', 'name', ...(isHiddenAllowed ? ['hidden', 'collated'] : [])];
  const key = (): string[] => {
    const kind = choose.pick(kinds);
    if (kind === 'hidden') {
      choose.note('order by a hidden column');
      return [intExpression(writer, scope)];
    }
    if (kind === 'collated') {
      const text = anyColumn(writer, scope, 'text');
      if (text === undefined) return [];
      choose.note('order in another collation');
      return [`${text.name} collate ${choose.pick(['german', '"C"', '"en-x-icu"'])}`];
    }
    if (names.length === 0) return [];
    if (kind === 'name') return [choose.pick(names)];
    choose.note('order by an ordinal');
    return [String(1 + choose.below(names.length))];
  };
  const keys = choose.chance(0.65)
    ? [...new Set(Array.from({ length: 1 + choose.below(3) }, key).flat())]
    : [];
  const all =
    choose.chance(0.5) && isHiddenAllowed && keys.length > 0 ? [...keys, ...scope.unique] : keys;
  const order = all.map((one) => `${one}${direction(writer)}`);
  if (order.length > 0) choose.note('order by');
  return { order, ...tailOf(writer, order.length > 0) };
}

export function direction({ choose }: Writer): string {
  const nulls = choose.chance(0.2) ? choose.pick([' nulls first', ' nulls last']) : '';
  if (nulls !== '') choose.note('nulls first or last');
  return `${choose.pick(['', '', ' desc'])}${nulls}`;
}

const TAILS = [
  'limit',
  'offset',
  'limit as a parameter',
  'limit all or null',
  'limit zero',
  'with ties',
] as const;

export function tailOf(writer: Writer, isOrdered: boolean): Tail {
  const { choose, params } = writer;
  if (!choose.chance(isOrdered ? 0.5 : 0.12)) return { tail: [] };
  if (!isOrdered) choose.note('limit without order');
  const number = String(choose.below(15));
  const offset = choose.chance(0.4) ? [`offset ${choose.below(8)}`] : [];
  switch (choose.feature(isOrdered ? TAILS : TAILS.slice(0, 5))) {
    case 'offset':
      return { tail: [`offset ${choose.pick(['0', '1', '4 + 1', '50'])}`] };
    case 'limit as a parameter':
      params.push(choose.pick([3, 7, null]));
      return { tail: [`limit $${params.length}::int8`, ...offset] };
    case 'limit all or null':
      return { tail: [`limit ${choose.pick(['all', 'null'])}`, ...offset] };
    case 'limit zero':
      return { tail: ['limit 0'] };
    case 'with ties':
      return { tail: [...offset, `fetch first ${1 + choose.below(6)} rows with ties`] };
    default:
      return { tail: [`limit ${number}`, ...offset] };
  }
}
