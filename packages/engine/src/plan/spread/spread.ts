/**
 * Where the rows of a FROM, or of a whole SELECT, are. It is what every plan is proven by.
 *
 * - `everywhere`: every shard would compute the same rows: nothing but replicated tables, functions and constants. Also a
 *   subquery whose rows all lie where the row of the outer query lies that it is asked for.
 * - `split`: each row is computed on exactly one shard, and the shards' rows together are the rows. `keys` are columns that
 *   hold a shard key: rows that agree in one of them lie on the same shard, for all that has the same `colocation`.
 */
import type { Column } from '../binder/block.js';
import type { Equalities } from './equalities.js';

export interface Split {
  readonly kind: 'split';
  /** Tables of the same colocation keep rows of the same key on the same shard. */
  readonly colocation: string;
  readonly keys: readonly (readonly Column[])[];
  /** The only shards that can have rows; undefined: all. */
  readonly shards: readonly number[] | undefined;
  /** Rows whose keys are NULL lie together, but not where a table of the colocation keeps such rows. */
  readonly nullsApart?: boolean;
}

export type Spread = { readonly kind: 'everywhere' } | Split;

export const EVERYWHERE: Spread = { kind: 'everywhere' };

/** The spread of a SELECT's rows: its keys are positions in the output. */
export interface SplitOutput {
  readonly kind: 'split';
  readonly colocation: string;
  readonly keys: readonly (readonly number[])[];
  readonly shards: readonly number[] | undefined;
  readonly nullsApart?: boolean;
}

export type OutputSpread = { readonly kind: 'everywhere' } | SplitOutput;

/** A SELECT around a subquery: the rows that the subquery is computed for. */
export interface Anchor {
  readonly split: Split;
  readonly equalities: Equalities;
}

/** Whether all rows are on one shard. */
export function isPinned({ shards }: { readonly shards: readonly number[] | undefined }): boolean {
  return shards?.length === 1;
}

/** Whether two splits are of rows on the same single shard. */
export function pinnedTogether(
  a: { readonly shards: readonly number[] | undefined },
  b: { readonly shards: readonly number[] | undefined },
): boolean {
  return isPinned(a) && isPinned(b) && a.shards?.[0] === b.shards?.[0];
}

/** The shards that both may have rows on. */
export function commonShards(
  a: readonly number[] | undefined,
  b: readonly number[] | undefined,
): readonly number[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const common = a.filter((shard) => b.includes(shard));
  return common.length > 0 ? common : a.slice(0, 1);
}
