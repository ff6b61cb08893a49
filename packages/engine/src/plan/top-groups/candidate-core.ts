/**
 * The first groups by an aggregate, where groups have rows on several shards: candidates are named first, and only these are asked
 * for on all shards, and merged.
 *
 * ```
 * each shard's list ─► verdict, on one server ─► [each shard's groups above the threshold] ─► candidates' groups ─► merge
 * ```
 *
 * The verdict reaches the later rounds as arrays. A round that is not needed is empty by its own condition, and where candidates
 * are too many the last one asks for all groups, so a plan is right whatever its lists turn out to say.
 */
import { andNode, conjuncts, expression, selectOf, targetNode } from '../../sql/build.js';
import type { Node, SelectStmt } from '../../sql/tree.js';
import type { LimitValue, PlannedStep } from '../distributed-plan.js';
import { emit } from '../emit.js';
import type { DescribedColumn, PlanContext } from '../plan-context.js';
import { textOrder } from '../rules/collation.js';
import type { Key } from '../rules/group-keys.js';
import type { SettleRequest } from '../rules/settled.js';
import { describeSelect } from '../rules/shard-select.js';
import { isCollatable } from '../rules/stage-kind.js';
import { isRecord, type StagedColumn, stageColumn, stagedSelect } from '../rules/stage-rows.js';
import type { TwoPhase } from '../rules/two-phase.js';
import { columnOf } from '../spread/equalities.js';
import { candidateList, fill } from './candidate-lists.js';
import { payoffOf } from './payoff.js';
import { type Ranking, rankingOf } from './ranking.js';
import { VERDICT, verdictSelect } from './verdict.js';

export interface CandidateCore {
  /** What each shard is asked in the end. */
  readonly core: SelectStmt;
  /** What was decided, and why; undefined where there was nothing to decide. */
  readonly note: string | undefined;
}

/** Groups that all shards together may name. Where they are more, all groups are merged. */
const MOST_CANDIDATES = 50_000;

/** What shards are asked for their groups: candidates only, where that pays. */
export async function candidateCore(
  request: SettleRequest,
  two: TwoPhase,
  shards: readonly number[],
): Promise<CandidateCore> {
  const { binding, context } = request;
  const everything = { core: two.core, note: undefined };
  if (context.topK === 'never') return everything;
  const ranking = rankingOf(binding.root, binding, two, context);
  if (ranking === undefined) return everything;
  const payoff = await payoffOf(two.groups.keys, ranking, binding, context);
  if (context.topK === 'auto' && !payoff.pays)
    return { core: two.core, note: `all groups are merged (${payoff.reason})` };
  const core = await overCandidates(request, two, { ranking, shards, depth: payoff.depth });
  const reason = context.topK === 'auto' ? payoff.reason : `topK: 'always'; ${payoff.reason}`;
  if (core === undefined) return everything;
  return { core, note: `only groups that may be among the first are merged (${reason})` };
}

interface Search {
  readonly ranking: Ranking;
  readonly shards: readonly number[];
  readonly depth: number;
}

async function overCandidates(
  request: SettleRequest,
  two: TwoPhase,
  search: Search,
): Promise<SelectStmt | undefined> {
  const { binding, context, stage } = request;
  const { ranking, shards } = search;
  const { keys } = two.groups;
  // A shard names one more where there are too many.
  const most = Math.floor(Math.min(MOST_CANDIDATES, context.maxStagedRows) / shards.length) - 1;
  if (most < 1) return undefined;
  const wanted = wantedRows(ranking, context);
  const depth = Math.min(search.depth, most);
  const rows = expression(
    `case when w between 1 and ${most} then greatest(w, ${depth}) else 0 end`,
    { w: wanted },
  );
  const list = candidateList(binding.root, keys, ranking, rows);
  const described = await describeSelect(list, context);
  if (described.some(isRecord)) return undefined;
  const columns = withCollations(
    described,
    [...keys.map(({ node }) => node), ranking.call],
    request,
  );
  const ask = (
    step: SelectStmt,
    where: Pick<PlannedStep, 'shards'>,
    gives: readonly StagedColumn[],
  ) => stage.step({ ...where, ...emit(step, context.emit), merge: undefined }, gives, 'groups');
  const lists = stagedSelect(ask(list, { shards }, columns), columns, context);
  const keyColumns = columns.slice(0, keys.length);
  const verdict = verdictSelect(lists, keys.length, ranking, {
    wanted,
    most,
    shards: shards.length,
  });
  const first = ask(verdict, { shards: 'any' }, [...keyColumns, ...VERDICT_COLUMNS]);
  const said = (column: number, type: string): Node =>
    context.emit.own.add({ kind: 'stage', stage: first, column }, `${type}[]`);
  const told = { verdict: said(keys.length, 'int4'), bound: said(keys.length + 1, 'numeric') };
  const named = [stagedSelect(first, keyColumns, context)];
  if (ranking.bound !== 'sum') return restricted(request, two, { named, told, tooMany: undefined });
  const above = groupsAbove(request, two, { ...search, told, most });
  const second = ask(above, { shards }, keyColumns);
  named.push(stagedSelect(second, keyColumns, context));
  const { elementType } = stageColumn(keyColumns[0] as DescribedColumn);
  const source = { kind: 'stage', stage: second, column: 0 } as const;
  const found = context.emit.own.add(source, `${elementType}[]`);
  const tooMany = expression(`cardinality(found) > ${most}`, { found });
  return restricted(request, two, { named, told, tooMany });
}

/** Columns of the verdict after its keys. */
const VERDICT_COLUMNS: readonly DescribedColumn[] = [
  { name: 'verdict', typeName: 'integer', internalType: 'int4', isText: false },
  { name: 'bound', typeName: 'numeric', internalType: 'numeric', isText: true },
];

interface Told {
  /** Arrays whose first elements count. */
  readonly verdict: Node;
  readonly bound: Node;
}

/** Count and offset together; NULL: all. */
function wantedRows({ limit: { count, offset } }: Ranking, { emit: { own } }: PlanContext): Node {
  return own.add({ kind: 'rows', count: count as LimitValue, offset }, 'int8');
}

function withCollations(
  columns: readonly DescribedColumn[],
  nodes: readonly Node[],
  { binding, context }: SettleRequest,
): StagedColumn[] {
  return columns.map((column, i) => {
    const { collation } = textOrder(nodes[i], undefined, binding, context.catalog);
    return { ...column, collation: isCollatable(column) ? collation : undefined };
  });
}

/**
 * Groups of which a shard has so much that they may be among the first: a group that is not below the threshold has an even share
 * of it somewhere. Rows only where the verdict asks for them.
 */
function groupsAbove(
  { binding }: SettleRequest,
  { groups: { keys } }: TwoPhase,
  { ranking, shards, told, most }: Search & { readonly told: Told; readonly most: number },
): SelectStmt {
  const { fromClause, whereClause, withClause } = binding.root.select;
  const asked = expression(`(verdict)[1] = ${VERDICT.threshold}`, { verdict: told.verdict });
  const share = expression(
    `p::numeric * ${shards.length} >= (bound)[1]${ranking.nullsFirst ? ' or p is null' : ''}`,
    { p: ranking.partial, bound: told.bound },
  );
  return selectOf(
    keys.map(({ node }, i) => targetNode(node, `k${i}`)),
    {
      ...(fromClause && { fromClause }),
      ...(withClause && { withClause }),
      whereClause:
        whereClause === undefined ? asked : (andNode([...conjuncts(whereClause), asked]) as Node),
      groupClause: keys.map((_, i) => expression(String(i + 1))),
      havingClause: share,
      // One more than may be, so that there are seen to be too many.
      limitCount: expression(String(most + 1)),
      limitOption: 'LIMIT_OPTION_COUNT',
    },
  );
}

interface Candidates {
  /** The SELECTs that give their keys. */
  readonly named: readonly SelectStmt[];
  readonly told: Told;
  /** Whether they are more than may be sent back; undefined where they cannot be. */
  readonly tooMany: Node | undefined;
}

/**
 * The groups of a shard, but only candidates. Groups with a NULL among their keys are always asked for: IN finds no NULL. That the
 * same groups are asked for on every shard is what counts.
 */
function restricted(
  { binding }: SettleRequest,
  { core, groups: { keys } }: TwoPhase,
  { named, told, tooMany }: Candidates,
): SelectStmt {
  const names = keys.map((_, i) => `k${i}`);
  const present = names.map((name) => `r.${name} is not null`).join(' and ');
  const arms = named.map((_, i) => `select ${names.join(', ')} from named_${i} r where ${present}`);
  const tables = Object.fromEntries(named.map((select, i) => [`named_${i}`, select]));
  const candidates = fill(arms.join(' union all '), {}, tables);
  const [only] = keys;
  const row: Node =
    keys.length === 1
      ? (only as Key).node
      : { RowExpr: { args: keys.map(({ node }) => node), row_format: 'COERCE_IMPLICIT_CAST' } };
  const among: Node = {
    SubLink: {
      subLinkType: 'ANY_SUBLINK',
      testexpr: row,
      subselect: { SelectStmt: candidates },
    },
  };
  const all = expression(`(verdict)[1] = ${VERDICT.all}`, { verdict: told.verdict });
  const missing = keys.map(({ node }) => expression('k is null', { k: node }));
  const args = [all, ...(tooMany ? [tooMany] : []), ...missing, among];
  const condition: Node = { BoolExpr: { boolop: 'OR_EXPR', args } };
  // A key that has to be computed may fail for a row that WHERE leaves out, so it is not put beside it.
  if (!keys.every(({ node }) => columnOf(node, binding) !== undefined))
    return { ...core, havingClause: condition };
  const { whereClause } = core;
  return {
    ...core,
    whereClause:
      whereClause === undefined
        ? condition
        : (andNode([...conjuncts(whereClause), condition]) as Node),
  };
}
