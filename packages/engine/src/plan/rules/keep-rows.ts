/**
 * An outer join that keeps rows which every shard has, beside rows that are split. A stage finds out which of the kept rows have a
 * partner on some shard; then a term of the WHERE (or of the ON above, where another outer join fills
 * the rows with NULLs) leaves over, on each shard, rows with a partner there, and on the first shard
 * those that have none anywhere:
 *
 * `e.x IS NOT NULL OR (first shard AND format('%L', p.p) NOT IN (stage))`
 *
 * Kept rows are told apart by the columns that the join's condition uses: rows that agree in them have the same partners. They are
 * compared as texts, which say more than `=` does (1.0 and 1.00, -0, texts of a collation that ignores case), and which every
 * type has. FROM stays as it is, so that names, types, merged columns and rows as a whole mean what they meant.
 */
import { andNode, integerNode, selectOf, stringNode, targetNode } from '../../sql/build.js';
import { bodyOf, type Node, type SelectStmt } from '../../sql/tree.js';
import { replacePart } from '../../sql/walk.js';
import type { Block } from '../binder/block.js';
import { emit } from '../emit.js';
import type { DescribedColumn } from '../plan-context.js';
import { relationsOf } from '../spread/from-items.js';
import { conditionAt } from '../spread/kept-rows.js';
import type { ConditionPlace, KeptRows } from '../spread/obstacle.js';
import { columnExpression } from './final-select.js';
import { identifyingColumns, isSelfContained } from './join-columns.js';
import { partnerTest } from './partner-test.js';
import { closed, ownConditions, type RepairContext } from './repair-parts.js';
import { stagedSelect } from './stage-rows.js';

/** `format` takes a hundred arguments (FUNC_MAX_ARGS in src/include/pg_config_manual.h). */
const MOST_COLUMNS = 99;

/** The statement with the left-over rows coming once; undefined where that cannot be said of the join. */
export function keepRows(
  tree: SelectStmt,
  kept: KeptRows,
  parts: RepairContext,
): SelectStmt | undefined {
  const { binding, context } = parts;
  const { block } = relationsOf(kept.kept)[0] ?? kept.table;
  if (!isSelfContained(kept, block, parts)) return undefined;
  const columns = identifyingColumns(kept, binding);
  const test = partnerTest(kept, binding);
  if (columns === undefined || columns.length > MOST_COLUMNS || test === undefined)
    return undefined;
  const identity = textOf(columns);
  const staged = stagePartners(kept, block, identity, parts);
  const without: Node = {
    BoolExpr: {
      boolop: 'NOT_EXPR',
      args: [
        {
          SubLink: {
            subLinkType: 'ANY_SUBLINK',
            testexpr: identity,
            subselect: { SelectStmt: staged },
          },
        },
      ],
    },
  };
  const first = context.emit.own.add({ kind: 'first-shard' }, 'bool');
  const leftOver: Node = { BoolExpr: { boolop: 'AND_EXPR', args: [first, without] } };
  const term: Node = { BoolExpr: { boolop: 'OR_EXPR', args: [test, leftOver] } };
  parts.note(
    'a stage finds the rows that have a partner on some shard, and the others come once, from the first shard',
  );
  return withTerm(tree, kept.place, term);
}

/** The statement without a term of a condition. */
export function withoutTerm(tree: SelectStmt, place: ConditionPlace, term: Node): SelectStmt {
  const always: Node = { A_Const: { boolval: { boolval: true } } };
  return withCondition(tree, place, replacePart(conditionAt(place) as Node, term, always));
}

function withTerm(tree: SelectStmt, place: ConditionPlace, term: Node): SelectStmt {
  const condition = conditionAt(place);
  // As the grammar does: a term is added to those of an AND.
  const all = bodyOf(condition, 'BoolExpr');
  const terms = all?.boolop === 'AND_EXPR' ? (all.args ?? []) : [condition];
  const present = terms.filter((part) => part !== undefined);
  return withCondition(tree, place, andNode([...present, term]) as Node);
}

function withCondition(tree: SelectStmt, place: ConditionPlace, condition: Node): SelectStmt {
  if (place.kind === 'where') {
    const { select } = place.block;
    return replacePart(tree, select, { ...select, whereClause: condition });
  }
  const { node } = place.join;
  return replacePart(tree, node, { JoinExpr: { ...bodyOf(node, 'JoinExpr'), quals: condition } });
}

/** `format('%L,%L', …) COLLATE "C"`: a text that is never NULL, the same for the same values only. */
function textOf(columns: readonly Node[]): Node {
  const pattern: Node = { A_Const: { sval: { sval: columns.map(() => '%L').join() } } };
  const call: Node = {
    FuncCall: {
      funcname: [stringNode('pg_catalog'), stringNode('format')],
      args: [pattern, ...columns],
      funcformat: 'COERCE_EXPLICIT_CALL',
    },
  };
  return { CollateClause: { arg: call, collname: [stringNode('C')] } };
}

const TEXT: DescribedColumn = {
  name: 'c0',
  typeName: 'text',
  internalType: 'text',
  isText: true,
};

/** Has every shard say which of the kept rows have a partner there: all of them together are the rows of the stage. */
function stagePartners(
  { join, kept, filled, shards }: KeptRows,
  block: Block,
  identity: Node,
  { binding, context, stage }: RepairContext,
): SelectStmt {
  const pairs = join.using.map(
    ([a, b]): Node => ({
      A_Expr: {
        kind: 'AEXPR_OP',
        name: [stringNode('=')],
        lexpr: columnExpression(a, binding),
        rexpr: columnExpression(b, binding),
      },
    }),
  );
  const condition = andNode(join.on === undefined ? pairs : [join.on, ...pairs]);
  const partners = selectOf([targetNode(integerNode(1))], {
    fromClause: [nodeOf(filled)],
    ...(condition && { whereClause: condition }),
  });
  const exists: Node = {
    SubLink: { subLinkType: 'EXISTS_SUBLINK', subselect: { SelectStmt: partners } },
  };
  const own = relationsOf(kept).flatMap((relation) => ownConditions(relation, binding));
  const select = selectOf([targetNode(identity, TEXT.name)], {
    fromClause: [nodeOf(kept)],
    whereClause: andNode([...own, exists]) as Node,
    distinctClause: [{} as Node],
  });
  const asked = emit(closed({ ...block, select }), context.emit);
  const merge = {
    combine: {
      kind: 'aggregate' as const,
      keys: [{ column: 0, order: 'bytes' as const }],
      accumulators: [],
    },
    sort: [],
    limit: undefined,
    columns: [0],
  };
  const all = Array.from({ length: context.shardCount }, (_, shard) => shard);
  const id = stage.step({ shards: shards ?? all, ...asked, merge }, [TEXT], 'answer');
  return stagedSelect(id, [TEXT], context);
}

function nodeOf(item: KeptRows['kept']): Node {
  return item.kind === 'join' ? item.node : item.relation.node;
}
