/** A plan as plain data: what each shard is asked, and what becomes of the answers. */
export interface DistributedPlan {
  /** `single`: one shard has all there is. `union`: every shard's answer, unmerged, because the caller asked for that. */
  readonly class: 'single' | 'union';
  readonly parts: readonly PlanPart[];
}

/** One statement for one shard. */
export interface PlanPart {
  /** Index of the shard. */
  readonly shard: number;
  readonly sql: string;
}
