/** What a shard names first: its best groups, and what can be said of all others. */
import { castNode, expression, parseSelect, selectOf, targetNode } from '../../sql/build.js';
import { bodyOf, type Node, type SelectStmt } from '../../sql/tree.js';
import { replaceNodes } from '../../sql/walk.js';
import type { Block } from '../binder/block.js';
import type { Key } from '../rules/group-keys.js';
import type { Ranking } from './ranking.js';

/** Columns of a list after its keys. */
export const LIST_COLUMNS = ['v', 'lead', 'more', 'edge', 'low'] as const;

/**
 * The list of one shard: keys `k0…`, the partial value `v`, and of the shard as a whole, the same in each row but `lead`:
 *
 * - `lead`: true in one row
 * - `more`: there may be groups that are not in the list
 * - `edge`: none of them has a better partial value; NULL where all values listed are
 * - `low`: the least partial value of any group, also of those that are not listed
 *
 * @param rows how many groups a list has at most
 */
export function candidateList(
  block: Block,
  keys: readonly Key[],
  ranking: Ranking,
  rows: Node,
): SelectStmt {
  const { fromClause, whereClause, withClause } = block.select;
  const { bound, nullsFirst, partial } = ranking;
  const adds = bound === 'sum';
  const value = adds ? castNode(partial, 'numeric') : partial;
  const low = adds ? expression('min(v) over ()', { v: value }) : expression('null::int4');
  const targets = [
    ...keys.map(({ node }, i) => targetNode(node, `k${i}`)),
    targetNode(value, 'v'),
    targetNode(low, 'low'),
  ];
  const inner = selectOf(targets, {
    ...(fromClause && { fromClause }),
    ...(whereClause && { whereClause }),
    ...(withClause && { withClause }),
    groupClause: keys.map((_, i) => expression(String(i + 1))),
    sortClause: [
      {
        SortBy: {
          node: partial,
          sortby_dir: bound === 'least' ? 'SORTBY_ASC' : 'SORTBY_DESC',
          sortby_nulls: nullsFirst ? 'SORTBY_NULLS_FIRST' : 'SORTBY_NULLS_LAST',
          location: -1,
        },
      },
    ],
    limitCount: rows,
    limitOption: 'LIMIT_OPTION_COUNT',
  });
  const names = keys.map((_, i) => `l.k${i}`).join(', ');
  const edge = bound === 'least' ? 'max' : 'min';
  return fill(
    `select ${names}, l.v, row_number() over () = 1 as lead, count(*) over () >= millrace_rows as more,
      ${edge}(l.v) over () as edge, l.low from millrace_list l`,
    { millrace_rows: rows },
    { millrace_list: inner },
  );
}

/** A SELECT by its text, with names of columns replaced by expressions, and those of tables by subqueries. */
export function fill(
  sql: string,
  values: Readonly<Record<string, Node>>,
  tables: Readonly<Record<string, SelectStmt>>,
): SelectStmt {
  return replaceNodes(parseSelect(sql), (kind, body) => {
    if (kind === 'ColumnRef') {
      const fields = body.fields as Node[];
      const name = fields.length === 1 ? bodyOf(fields[0], 'String')?.sval : undefined;
      return name !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
    }
    if (kind !== 'RangeVar') return undefined;
    const subquery = tables[body.relname as string];
    const alias = body.alias as { aliasname: string } | undefined;
    return (
      subquery && {
        RangeSubselect: {
          subquery: { SelectStmt: subquery },
          alias: { aliasname: alias?.aliasname ?? 'r' },
        },
      }
    );
  });
}
