/** What keeps a statement from being answered shard by shard, and what would clear it away. */
import type { Node } from '../../sql/tree.js';
import type { Block, FromItem, JoinItem, Relation, Sublink } from '../binder/block.js';

/** An outer join that keeps rows which every shard has, beside rows that are split. */
export interface KeptRows {
  readonly join: JoinItem;
  readonly kept: FromItem;
  readonly filled: FromItem;
  /** The shards that have rows of the filled side; undefined: all. */
  readonly shards: readonly number[] | undefined;
  /** A table of the filled side, to be brought together where nothing else is possible. */
  readonly table: Relation;
  /** The condition that can leave out rows of the join. */
  readonly place: ConditionPlace;
}

/** The WHERE of a SELECT, or the ON of an outer join: for rows of the side that it fills with NULLs. */
export type ConditionPlace =
  | { readonly kind: 'where'; readonly block: Block }
  | { readonly kind: 'on'; readonly join: JoinItem };

export type Repair =
  /** Compute the SELECT first, and put its rows in its place. */
  | { readonly kind: 'block'; readonly block: Block }
  /** Bring the rows of a table together, and put them in its place. */
  | { readonly kind: 'relation'; readonly relation: Relation }
  /** Find out which rows that an outer join keeps, and every shard has, have a partner on some shard. */
  | { readonly kind: 'kept'; readonly kept: KeptRows }
  /** Take a term out of a condition that has lost its meaning. */
  | { readonly kind: 'term'; readonly place: ConditionPlace; readonly term: Node }
  /** A subquery in an expression that refers to rows of the outer query. */
  | { readonly kind: 'sublink'; readonly sublink: Sublink };

export class Obstacle extends Error {
  readonly repair: Repair;

  constructor(reason: string, repair: Repair) {
    super(reason);
    this.name = 'Obstacle';
    this.repair = repair;
  }
}
