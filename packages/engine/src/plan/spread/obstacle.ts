/** What keeps a statement from being answered shard by shard, and what would clear it away. */
import type { Block, Relation, Sublink } from '../binder/block.js';

export type Repair =
  /** Compute the SELECT first, and put its rows in its place. */
  | { readonly kind: 'block'; readonly block: Block }
  /** Bring the rows of a table together, and put them in its place. */
  | { readonly kind: 'relation'; readonly relation: Relation }
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
