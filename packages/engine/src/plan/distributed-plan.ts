/** A plan as plain data: what each shard is asked, and what becomes of the answers. */
import type { Combine, SortKey } from '@millrace/operators';

/**
 * - `single`: one shard has all there is
 * - `pruned`: the key says which shard, or shards, have the rows
 * - `local`: every shard answers for its own rows
 * - `two-phase`: shards aggregate their rows, and their groups are merged
 * - `staged`: something is computed over all shards first, and given back to them
 * - `pull`: rows of tables are brought to one place, where PostgreSQL answers
 * - `union`: every shard's answer, unmerged, because the caller asked for that
 */
export type PlanClass = 'single' | 'pruned' | 'local' | 'two-phase' | 'staged' | 'pull' | 'union';

/** A plan: stages, one after the other, then the step that gives the answer. */
export interface DistributedPlan {
  readonly class: PlanClass;
  /** Why the answer is that of one database, in words. */
  readonly proof: readonly string[];
  readonly stages: readonly Stage[];
  readonly step: PlannedStep;
}

/**
 * Rows that are computed first. Later steps take them as parameters, an array for each column; or the last step, which then
 * is one server's, finds them in a temporary table there.
 */
export interface Stage {
  readonly id: number;
  readonly plan: DistributedPlan;
  readonly columns: readonly StageColumn[];
  readonly transport: 'arrays' | 'table';
  /** Name of the temporary table, where it stands for one of the statement's own; its columns then have their own names. */
  readonly standsFor?: string;
}

export interface StageColumn {
  readonly name: string;
  /** Of the column, fit for a cast; and of the elements of its array. */
  readonly typeName: string;
  readonly elementType: string;
}

/** One round: the same statement for some shards, and what becomes of their rows. */
export interface PlannedStep {
  /** Indexes of the shards; `any`: one of them. */
  readonly shards: readonly number[] | 'any';
  readonly sql: string;
  /** Where the values of `$1`, `$2`, … come from. */
  readonly parameters: readonly ParameterSource[];
  /** How the shards' rows become one stream; undefined: all of them, as they come. */
  readonly merge: PlannedMerge | undefined;
}

export interface PlannedMerge {
  readonly combine: Combine;
  readonly sort: readonly SortKey[];
  readonly limit: PlannedLimit | undefined;
  /** Columns that go out. */
  readonly columns: readonly number[];
}

export interface PlannedLimit {
  readonly count: LimitValue | undefined;
  readonly offset: LimitValue | undefined;
  readonly withTies: boolean;
}

/** A number of rows: known, a parameter of the caller's, or a constant that a server computes. */
export type LimitValue =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'user'; readonly index: number }
  | { readonly kind: 'constant'; readonly index: number };

export type ParameterSource =
  /** The caller's parameter: 0 is `$1`. */
  | { readonly kind: 'user'; readonly index: number }
  | { readonly kind: 'stage'; readonly stage: number; readonly column: number }
  /** An expression of no table, computed once for the statement. */
  | { readonly kind: 'constant'; readonly index: number }
  /** A boolean: true on the first of the shards that a step asks, false on the others. What must come once comes from there. */
  | { readonly kind: 'first-shard' }
  /** Rows that a shard may have to give: count and offset together. */
  | { readonly kind: 'rows'; readonly count: LimitValue; readonly offset: LimitValue | undefined };

/** An expression that is computed once, by one server, before everything else. */
export interface PlannedConstant {
  readonly sql: string;
  readonly parameters: readonly ParameterSource[];
}

/** All that is known of a statement before it runs. */
export interface StatementPlan {
  readonly plan: DistributedPlan;
  readonly constants: readonly PlannedConstant[];
  readonly parameterCount: number;
  /** The columns of the answer as one database would describe them; undefined: as the shard describes them. */
  readonly columns: readonly AnswerColumn[] | undefined;
}

/** A column of an answer. What else a server says of it goes along. */
export interface AnswerColumn {
  readonly name: string;
}

/** One statement on some shards, as it is sent. */
export interface PlanStep {
  readonly parts: readonly PlanPart[];
  /** How the shards' rows become one stream; undefined: batches of every part as they arrive. */
  readonly merge?: MergePlan;
}

/** A merge as it is planned: the columns that come in, and how many streams, are known when the shards have described them. */
export interface MergePlan {
  readonly combine: Combine;
  readonly sort: readonly SortKey[];
  readonly limit:
    | { readonly count: number | undefined; readonly offset: number; readonly withTies: boolean }
    | undefined;
  readonly columns: readonly number[];
}

/** One statement for one shard. */
export interface PlanPart {
  /** Index of the shard. */
  readonly shard: number;
  readonly sql: string;
  /** As they are sent; undefined: those of the request. */
  readonly parameters?: readonly (string | Uint8Array | null)[];
}
