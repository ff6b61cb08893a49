/**
 * What one server makes of the shards' lists. Of each group listed it knows bounds of the final value: partial values that are
 * listed count as they are, those that are not lie between the shard's `low` and its `edge`. The wanted-th best lower bound is
 * the threshold: a group of the answer is not below it. Exact, for it is computed in numeric, or only compared.
 *
 * "Efficient Top-K Query Calculation in Distributed Networks" (Cao, Wang: TPUT), with the bounds of the edges ("Optimal
 * aggregation algorithms for middleware", Fagin, Lotem, Naor: NRA).
 */
import type { Node, SelectStmt } from '../../sql/tree.js';
import { fill } from './candidate-lists.js';
import type { Ranking } from './ranking.js';

/** First value of the column `verdict`. */
export const VERDICT = {
  /** The rows are the groups that may be among the first. */
  candidates: 0,
  /** There may be others: those of which a shard has `bound` divided by the number of shards. */
  threshold: 1,
  /** All groups have to be merged. */
  all: 2,
} as const;

/**
 * Keys `c0…`, `verdict`, `bound`: candidates, or one row that says what else to do.
 *
 * @param wanted count and offset together; NULL: all
 * @param most more than so many are not looked for
 * @param shards how many may have rows
 */
export function verdictSelect(
  lists: SelectStmt,
  keyCount: number,
  ranking: Ranking,
  {
    wanted,
    most,
    shards,
  }: { readonly wanted: Node; readonly most: number; readonly shards: number },
): SelectStmt {
  const keys = Array.from({ length: keyCount }, (_, i) => `k${i}`);
  const { nullsFirst } = ranking;
  const { bounds, outside, unlistable } =
    ranking.bound === 'sum' ? sumBounds() : extremeBounds(ranking);
  const better = ranking.bound === 'least' ? '<=' : '>=';
  const order = ranking.bound === 'least' ? 'asc' : 'desc';
  const names = keys.join(', ');
  const nulls = keys.map(() => 'null').join(', ');
  const bound = ranking.bound === 'sum' ? 't.bound' : 'null';
  // Where every group of every shard is above it, a threshold leaves nothing out.
  const next =
    ranking.bound === 'sum'
      ? `t.bound > 0 and t.bound > ${shards} * coalesce((select max(low) from r), 0)`
      : 'false';
  const hidden = nullsFirst ? 'coalesce(bool_or(r.more and r.edge is null), true)' : 'false';
  return fill(
    `with r as materialized (select * from millrace_lists r),
    g as materialized (select ${names}, ${bounds}, count(r.v) > 0 as known from r group by ${names}),
    t as (select g.floor as bound from g where g.known order by g.floor ${order}
      limit 1 offset greatest(least(millrace_wanted, ${most}), 1) - 1),
    s as (select ${outside} as complete, ${hidden} or ${unlistable} as blind from r left join t on true),
    w as materialized (select case
        when s.blind or not coalesce(millrace_wanted between 1 and ${most}, false) or t.bound is null then ${VERDICT.all}
        when s.complete then ${VERDICT.candidates}
        when ${next} then ${VERDICT.threshold}
        else ${VERDICT.all} end as verdict, t.bound from s left join t on true)
    select ${names}, ${VERDICT.candidates} as verdict, null::numeric as bound from g, w
      where w.verdict = ${VERDICT.candidates} and (g.ceiling ${better} w.bound${nullsFirst ? ' or not g.known' : ''})
    union all select ${nulls}, t.verdict, ${bound}::numeric from w t where t.verdict <> ${VERDICT.candidates}`,
    { millrace_wanted: wanted },
    { millrace_lists: lists },
  );
}

interface Bounds {
  /** `floor` and `ceiling` of a group. */
  readonly bounds: string;
  /** Whether no group that is not listed anywhere can be among the first. */
  readonly outside: string;
  /** Whether nothing can be said. */
  readonly unlistable: string;
}

/** A group that a shard does not list adds something between `low` and `edge`, or nothing where it has none of its rows. */
function sumBounds(): Bounds {
  const least = 'case when r.more then least(r.low, 0) else 0 end';
  const most = 'case when r.more then greatest(r.edge, 0) else 0 end';
  const everywhere = (value: string): string =>
    `(select coalesce(sum(${value}), 0) from r where r.lead)`;
  return {
    bounds: `sum(coalesce(r.v, 0) - ${least}) + ${everywhere(least)} as floor,
      sum(coalesce(r.v, 0) - ${most}) + ${everywhere(most)} as ceiling`,
    outside: `coalesce(not bool_or(r.more) or ${everywhere(most)} < min(t.bound), false)`,
    // Infinity and -Infinity are NaN together, which is above both. (Before PostgreSQL 14 there is neither, nor their literal.)
    unlistable: `coalesce(bool_or(r.low::text = '-Infinity'), false)`,
  };
}

/** The final value is that of some shard: where it is better than the shard's edge, it is listed. */
function extremeBounds({ bound, tiesMatter }: Ranking): Bounds {
  const [best, worse] = bound === 'greatest' ? ['max', '<'] : ['min', '>'];
  const comparison = tiesMatter ? worse : `${worse}=`;
  return {
    bounds: `${best}(r.v) as floor, ${best}(r.v) as ceiling`,
    outside: `coalesce(not bool_or(r.more) or
      coalesce(${best}(r.edge) filter (where r.more) ${comparison} ${best}(t.bound), true), false)`,
    unlistable: 'false',
  };
}
