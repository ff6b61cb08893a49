/** Grouping sets, written out: ROLLUP and CUBE are short for lists of them. */
import { bodyOf, kindOf, type Node, type SelectStmt } from '../../sql/tree.js';
import { replaceNodes, treeText } from '../../sql/walk.js';

/** The sets that a GROUP BY makes, in order, duplicates among them: each a list of its expressions. */
export function expandSets(clause: readonly Node[]): Node[][] {
  return clause
    .map(setsOf)
    .reduce<Node[][]>(
      (all, sets) => all.flatMap((set) => sets.map((other) => [...set, ...other])),
      [[]],
    );
}

function setsOf(item: Node): Node[][] {
  const set = bodyOf(item, 'GroupingSet');
  if (set === undefined) return [itemsOf(item)];
  const content = set.content ?? [];
  switch (set.kind) {
    case 'GROUPING_SET_EMPTY':
      return [[]];
    case 'GROUPING_SET_ROLLUP':
      return [...content.keys(), content.length]
        .reverse()
        .map((length) => content.slice(0, length).flatMap(itemsOf));
    case 'GROUPING_SET_CUBE':
      return subsets(content).map((items) => items.flatMap(itemsOf));
    case 'GROUPING_SET_SETS':
      return content.flatMap(setsOf);
    default:
      return [content.flatMap(itemsOf)];
  }
}

/** All first, none last. */
function subsets(items: readonly Node[]): Node[][] {
  const [first, ...rest] = items;
  if (first === undefined) return [[]];
  const others = subsets(rest);
  return [...others.map((set) => [first, ...set]), ...others];
}

function itemsOf(item: Node): Node[] {
  const row = bodyOf(item, 'RowExpr');
  if (row !== undefined && row.row_format === 'COERCE_IMPLICIT_CAST') return row.args ?? [];
  return [item];
}

/** A statement with each GROUP BY DISTINCT as a list of distinct grouping sets: the deparser knows no other way. */
export function writeOutDistinctSets(select: SelectStmt): SelectStmt {
  const one = (part: SelectStmt): SelectStmt => {
    if (part.groupDistinct !== true) return part;
    const { groupDistinct: _distinct, groupClause = [], ...rest } = part;
    if (!groupClause.some((item) => kindOf(item) === 'GroupingSet'))
      return { ...rest, groupClause };
    const known = new Set<string>();
    const sets = expandSets(groupClause).filter((set) => {
      const text = [...new Set(set.map((item) => treeText(item)))].sort().join();
      const isNew = !known.has(text);
      known.add(text);
      return isNew;
    });
    return { ...rest, groupClause: [setsNode(sets)] };
  };
  const replaced = replaceNodes(select, (kind, body) => {
    if (kind !== 'SelectStmt') return undefined;
    const part = body as SelectStmt;
    const own = one(part);
    return own === part ? undefined : { SelectStmt: writeOutDistinctSets(own) };
  });
  return one(replaced);
}

function setsNode(sets: readonly Node[][]): Node {
  const content = sets.map((items): Node => {
    if (items.length === 0) return { GroupingSet: { kind: 'GROUPING_SET_EMPTY' } };
    if (items.length === 1) return items[0] as Node;
    return { RowExpr: { args: [...items], row_format: 'COERCE_IMPLICIT_CAST' } };
  });
  return { GroupingSet: { kind: 'GROUPING_SET_SETS', content } };
}
