/**
 * What an aggregate is made of, in both halves: what it asks of each shard, and how the answers become one. An aggregate
 * function is a file of this folder and a line in `registry.ts`; the planner knows none by name.
 */

/** A call as the planner found it. DISTINCT, WITHIN GROUP and ORDER BY are the planner's business; FILTER, too. */
export interface AggregateCall {
  /** Name of the function, without schema, in lower case. */
  readonly name: string;
  /**
   * Type of each argument, by PostgreSQL's internal name: `int2`, `int4`, `int8`, `float4`, `float8`, `numeric`, `text`,
   * `bpchar`, `timestamptz`, …; empty for `count(*)`.
   */
  readonly argumentTypes: readonly string[];
  /** How values of the first argument are compared: text of another collation than C has no order of ours. */
  readonly comparable: boolean;
}

/** How a call is computed in two halves. */
export interface AggregateSplit {
  /**
   * The partial values, as SQL over the arguments `a0`, `a1`, …. The outermost call is the aggregate: FILTER is added to it.
   * Example: avg(a0) asks for `sum(a0::numeric)` and `count(a0)`.
   */
  readonly partials: readonly string[];
  /**
   * The final value as SQL over the partial values `p0`, `p1`, …, for a server that groups the partial rows. Undefined where
   * SQL cannot combine them exactly.
   */
  readonly finalSql: string | undefined;
  /** The kernel that combines them here (`Accumulator.kernel`). Undefined where only a server can. */
  readonly kernel: string | undefined;
  /** How its only partial value bounds the final one; undefined where it does not. */
  readonly bound?: PartialBound;
}

/**
 * What a partial value says of the final one, exactly: they add up, without rounding; or the greatest, or the least, of them
 * is the final value. One that is NULL says nothing.
 */
export type PartialBound = 'sum' | 'greatest' | 'least';

export interface AggregateFunction {
  /** The names it is called by. */
  readonly names: readonly string[];
  /** Undefined for a call that cannot be split: its rows have to come together first. */
  split(call: AggregateCall): AggregateSplit | undefined;
}
