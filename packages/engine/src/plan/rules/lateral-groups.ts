/** A LATERAL subquery that aggregates: the groups of all values that it may be asked for. */
import {
  andNode,
  columnNode,
  expression,
  integerNode,
  selectOf,
  subqueryNode,
  targetNode,
} from '../../sql/build.js';
import { bodyOf, type Node, namesOf, type SelectStmt } from '../../sql/tree.js';
import type { PlanContext } from '../plan-context.js';
import { collate } from './collation.js';
import { FOUND, isCount } from './decorrelate.js';
import { namedTargets } from './final-select.js';
import { groupingOf } from './group-keys.js';
import { describeForAllRows, forAllRows, foundBy, type LateralQuery } from './lateral-query.js';
import type { RepairContext } from './repair-parts.js';
import { stagedSelect } from './stage-rows.js';

/** What the subquery is over its groups; undefined where they cannot be computed beforehand. */
export async function lookUpGroups(
  query: LateralQuery,
  parts: RepairContext,
): Promise<SelectStmt | undefined> {
  const { block, pairs, values, width } = query;
  const { binding, context, stage } = parts;
  const { select } = block;
  const { groupClause, havingClause, limitCount, limitOffset, limitOption } = select;
  const own = groupClause === undefined ? undefined : groupingOf(block, binding);
  const withTies = limitOption === 'LIMIT_OPTION_WITH_TIES';
  if (own?.sets || (own === undefined && withTies)) return undefined;
  const keys = own?.keys.map(({ node }) => node) ?? [];
  // Without GROUP BY, a group that HAVING leaves out is another thing than no group.
  const tested = own === undefined && havingClause !== undefined ? [havingClause] : [];
  const first = pairs.length + keys.length;
  const groups = forAllRows(query, [...keys, ...values, ...tested], {
    groupClause: Array.from({ length: first }, (_, i) => integerNode(i + 1)),
    ...(own !== undefined && havingClause && { havingClause }),
  });
  if ((await describeForAllRows(query, groups, parts)) === undefined) return undefined;
  const { id, columns } = await stage.select(groups, 'answer');
  const staged = stagedSelect(id, collate(columns, groups, binding, context), context);
  const from = subqueryNode(staged, FOUND);
  const found = foundBy(query);
  const passed = tested.map(() => columnNode(FOUND, `c${first + values.length}`));
  const where = andNode([...found, ...passed]);
  const shown = block.outputs.map(({ name }, i) =>
    targetNode(columnNode(FOUND, `c${first + i}`), name),
  );
  const limits = {
    ...(limitCount && { limitCount }),
    ...(limitOffset && { limitOffset }),
    ...(limitOption && { limitOption }),
  };
  const lookup = (more: Partial<SelectStmt>): SelectStmt =>
    selectOf(shown.slice(0, width), {
      fromClause: [from],
      ...(where && { whereClause: where }),
      ...more,
    });
  if (own !== undefined) {
    const sortClause = query.sort(FOUND, first);
    return lookup({
      ...(select.distinctClause && { distinctClause: select.distinctClause }),
      ...(sortClause.length > 0 && { sortClause }),
      ...limits,
    });
  }
  const any = selectOf([targetNode(integerNode(1))], {
    fromClause: [from],
    ...(found.length > 0 && { whereClause: andNode(found) as Node }),
  });
  const missing: Node = {
    BoolExpr: {
      boolop: 'NOT_EXPR',
      args: [{ SubLink: { subLinkType: 'EXISTS_SUBLINK', subselect: { SelectStmt: any } } }],
    },
  };
  return {
    op: 'SETOP_UNION',
    all: true,
    limitOption: 'LIMIT_OPTION_DEFAULT',
    larg: lookup({}),
    rarg: ofNoRows(query, missing, parts),
    ...limits,
  };
}

/** Its one row where nothing is found: NULL and 0 for what is known to be so, or what PostgreSQL says. */
function ofNoRows({ block }: LateralQuery, missing: Node, parts: RepairContext): SelectStmt {
  const { binding, context } = parts;
  const { havingClause, limitCount, limitOffset, sortClause, distinctClause, ...rest } =
    block.select;
  const targets = namedTargets(block, binding);
  const known = targets.map(({ node }) => knownOfNoRows(node, context));
  if (havingClause === undefined && known.every((value) => value !== undefined)) {
    return selectOf(
      known.map((value, i) => targetNode(value, targets[i]?.name)),
      { whereClause: missing },
    );
  }
  const none: SelectStmt = {
    ...rest,
    limitOption: 'LIMIT_OPTION_DEFAULT',
    targetList: targets.map(({ node }, i) => targetNode(node, `c${i}`)),
    whereClause: expression('false'),
    ...(havingClause && { havingClause }),
  };
  return selectOf(
    targets.map(({ name }, i) => targetNode(columnNode(FOUND, `c${i}`), name)),
    { fromClause: [subqueryNode(none, FOUND)], whereClause: missing },
  );
}

/** An aggregate of nothing, or a cast of one. */
function knownOfNoRows(node: Node, { catalog, placement }: PlanContext): Node | undefined {
  const cast = bodyOf(node, 'TypeCast');
  if (cast?.arg !== undefined) {
    const value = knownOfNoRows(cast.arg, { catalog, placement } as PlanContext);
    return value && { TypeCast: { ...cast, arg: value } };
  }
  const call = bodyOf(node, 'FuncCall');
  if (call === undefined) return undefined;
  const names = namesOf(call.funcname);
  const builtIn = names.length === 1 || names[0] === 'pg_catalog';
  const known = catalog.function(undefined, names.at(-1) ?? '');
  const isAggregate = call.agg_star === true || placement.isAggregate(names);
  // A hypothetical row has a rank where there are no others, too.
  if (!builtIn || !isAggregate || known?.userDefined || call.agg_within_group) return undefined;
  return isCount(call as Record<string, unknown>)
    ? expression('0::int8')
    : { A_Const: { isnull: true } };
}
