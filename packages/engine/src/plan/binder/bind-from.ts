/** The FROM of a SELECT: its relations, their columns, and how they are joined. */
import {
  bodyOf,
  type JoinExpr,
  kindOf,
  type Node,
  namesOf,
  type RangeFunction,
  type RangeSubselect,
  type RangeVar,
  textOf,
} from '../../sql/tree.js';
import type { BindContext } from './bind-context.js';
import {
  BindError,
  type Block,
  type Column,
  type Cte,
  type FromItem,
  type Relation,
  type RelationColumn,
  type RelationSource,
} from './block.js';

export function bindFrom(block: Block, context: BindContext): void {
  for (const node of block.select.fromClause ?? []) block.from.push(bindItem(node, block, context));
}

function bindItem(node: Node, block: Block, context: BindContext): FromItem {
  switch (kindOf(node)) {
    case 'RangeVar':
      return bindTable(node, block, context);
    case 'RangeSubselect':
      return bindSubquery(node, block, context);
    case 'RangeFunction':
      return bindFunction(node, block, context);
    case 'JoinExpr':
      return bindJoin(node, block, context);
    case 'RangeTableSample': {
      const sample = bodyOf(node, 'RangeTableSample');
      context.expression([sample?.args, sample?.repeatable], 'where', block);
      throw new BindError('TABLESAMPLE');
    }
    default:
      throw new BindError(`${kindOf(node)} in FROM`);
  }
}

interface Entry {
  readonly name: string;
  readonly schema?: string | undefined;
  readonly columns: readonly RelationColumn[];
  readonly source: RelationSource;
  readonly open?: boolean;
  readonly node: Node;
}

function addRelation(entry: Entry, block: Block, context: BindContext): FromItem {
  const { name, schema, columns, source, open = false, node } = entry;
  const relation: Relation = {
    id: context.nextId++,
    name,
    schema,
    block,
    columns,
    open,
    source,
    node,
  };
  block.relations.push(relation);
  const visible = columns.map((column, index) => ({
    name: column.name,
    column: { relation, index },
  }));
  return { kind: 'relation', relation, visible };
}

/** Column names, with those of the alias in the place of the first ones. */
function renamed(
  columns: readonly RelationColumn[],
  names: readonly string[],
): readonly RelationColumn[] {
  return columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));
}

function bindTable(node: Node, block: Block, context: BindContext): FromItem {
  const range = bodyOf(node, 'RangeVar') as RangeVar;
  const aliases = namesOf(range.alias?.colnames);
  const name = range.alias?.aliasname ?? range.relname ?? '';
  const cte = range.schemaname === undefined ? block.ctes.get(range.relname ?? '') : undefined;
  if (cte !== undefined) {
    const source: RelationSource =
      cte.block === undefined ? { kind: 'recursion', cte } : { kind: 'cte', cte };
    const columns = renamed(cteColumns(cte, context), aliases);
    return addRelation({ name, columns, source, node }, block, context);
  }
  const { catalog, place } = context.table(range.schemaname, range.relname ?? '');
  const columns = catalog.columns.map((column) => ({ name: column.name, catalog: column }));
  return addRelation(
    {
      name,
      schema: range.alias === undefined ? catalog.schema : undefined,
      columns: renamed(columns, aliases),
      source: { kind: 'table', catalog, place },
      open: catalog.isSystem,
      node,
    },
    block,
    context,
  );
}

function cteColumns(cte: Cte, context: BindContext): RelationColumn[] {
  const select = bodyOf(bodyOf(cte.node, 'CommonTableExpr')?.ctequery, 'SelectStmt');
  // Within a recursive query its first arm, which is bound already, has the columns.
  const block = cte.block ?? (select?.larg && context.blocks.get(select.larg));
  if (block === undefined) throw new BindError(`the query ${cte.name} is used before it is known`);
  return block.outputs.map(({ name }, i) => ({ name: cte.columnNames[i] ?? name }));
}

function bindSubquery(node: Node, block: Block, context: BindContext): FromItem {
  const range = bodyOf(node, 'RangeSubselect') as RangeSubselect;
  const select = bodyOf(range.subquery, 'SelectStmt');
  if (select === undefined) throw new BindError('a subquery that is no SELECT');
  const lateral = range.lateral === true;
  const outer = lateral ? block : block.outer;
  const inner = context.select(select, { outer, ctes: block.ctes });
  if (!lateral) for (const column of inner.outerColumns) block.outerColumns.add(column);
  const columns = renamed(
    inner.outputs.map(({ name }) => ({ name })),
    namesOf(range.alias?.colnames),
  );
  const source: RelationSource = { kind: 'subquery', block: inner, lateral };
  return addRelation({ name: range.alias?.aliasname ?? '', columns, source, node }, block, context);
}

/** Functions whose columns have names of their own. */
const FUNCTION_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  json_each: ['key', 'value'],
  jsonb_each: ['key', 'value'],
  json_each_text: ['key', 'value'],
  jsonb_each_text: ['key', 'value'],
  json_array_elements: ['value'],
  jsonb_array_elements: ['value'],
  json_array_elements_text: ['value'],
  jsonb_array_elements_text: ['value'],
};
/** Functions with one column, named as the function or its alias. */
const ONE_COLUMN = new Set([
  'generate_series',
  'generate_subscripts',
  'regexp_split_to_table',
  'regexp_matches',
  'string_to_table',
  'json_object_keys',
  'jsonb_object_keys',
  'jsonb_path_query',
]);

function bindFunction(node: Node, block: Block, context: BindContext): FromItem {
  const range = bodyOf(node, 'RangeFunction') as RangeFunction;
  context.expression(range.functions, 'where', block);
  const calls = (range.functions ?? []).map((item) => bodyOf(item, 'List')?.items?.[0]);
  const call = bodyOf(calls[0], 'FuncCall');
  const functionName = namesOf(call?.funcname).at(-1) ?? '';
  const alias = range.alias?.aliasname;
  const name = alias ?? functionName;
  const given = namesOf(range.alias?.colnames);
  const defined = (range.coldeflist ?? []).map((item) => bodyOf(item, 'ColumnDef')?.colname ?? '');
  const width = functionName === 'unnest' ? (call?.args?.length ?? 1) : 1;
  const isPlain = ONE_COLUMN.has(functionName) || (functionName === 'unnest' && width === 1);
  let names: readonly string[] = defined;
  if (defined.length === 0) {
    const own = FUNCTION_COLUMNS[functionName] ?? (isPlain ? [name] : []);
    names = own.map((column, i) => given[i] ?? column);
    if (given.length > names.length) names = given;
  }
  const complete = defined.length > 0 || isPlain || functionName in FUNCTION_COLUMNS;
  const ordinality = range.ordinality === true && names.length === (complete ? 1 : given.length);
  const columns = [...names, ...(ordinality && complete ? ['ordinality'] : [])];
  const isKnown =
    calls.length === 1 && (complete || given.length === width + (range.ordinality ? 1 : 0));
  return addRelation(
    {
      name,
      columns: columns.map((column) => ({ name: column })),
      source: { kind: 'function' },
      open: !isKnown,
      node,
    },
    block,
    context,
  );
}

const JOIN_TYPES: Readonly<Record<string, 'inner' | 'left' | 'right' | 'full'>> = {
  JOIN_INNER: 'inner',
  JOIN_LEFT: 'left',
  JOIN_RIGHT: 'right',
  JOIN_FULL: 'full',
};

function bindJoin(node: Node, block: Block, context: BindContext): FromItem {
  const join = bodyOf(node, 'JoinExpr') as JoinExpr;
  // LATERAL on the right may use what stands on the left.
  const left = bindItem(join.larg as Node, block, context);
  block.from.push(left);
  const right = bindItem(join.rarg as Node, block, context);
  block.from.pop();
  const type = JOIN_TYPES[join.jointype ?? ''];
  if (type === undefined) throw new BindError(`a join of type ${join.jointype}`);
  const common = join.isNatural ? commonNames(left, right) : (join.usingClause ?? []).map(textOf);
  const using = common.map((name): readonly [Column, Column] => [
    find(left, name),
    find(right, name),
  ]);
  const merged =
    type === 'full' && using.length > 0
      ? mergedRelation(using, common, node, block, context)
      : undefined;
  const mergedColumns = using.map(([a, b], i) => ({
    name: common[i] as string,
    column: merged === undefined ? (type === 'right' ? b : a) : { relation: merged, index: i },
  }));
  const rest = [...left.visible, ...right.visible].filter(({ name }) => !common.includes(name));
  const item: FromItem = {
    kind: 'join',
    type,
    left,
    right,
    on: join.quals,
    using,
    merged,
    visible: [...mergedColumns, ...rest],
    node,
  };
  // ON sees the two sides of its join only.
  const before = block.from.splice(0, Number.POSITIVE_INFINITY, item);
  context.expression(join.quals, 'on', block);
  block.from.splice(0, 1, ...before);
  return join.alias === undefined ? item : aliased(item, join, node, block, context);
}

function mergedRelation(
  pairs: readonly (readonly [Column, Column])[],
  names: readonly string[],
  node: Node,
  block: Block,
  context: BindContext,
): Relation {
  const columns = names.map((name) => ({ name }));
  const source: RelationSource = { kind: 'merged', pairs };
  const item = addRelation({ name: '', columns, source, node }, block, context);
  return (item as Extract<FromItem, { kind: 'relation' }>).relation;
}

/** `(a join b …) as j`: its columns have that name only. */
function aliased(
  item: Extract<FromItem, { kind: 'join' }>,
  join: JoinExpr,
  node: Node,
  block: Block,
  context: BindContext,
): FromItem {
  const columns = renamed(
    item.visible.map(({ name, column }) => ({ name, same: column })),
    namesOf(join.alias?.colnames),
  );
  const name = join.alias?.aliasname ?? '';
  const named = addRelation({ name, columns, source: { kind: 'join' }, node }, block, context);
  return { ...item, visible: named.visible };
}

function commonNames(left: FromItem, right: FromItem): string[] {
  const names = new Set(right.visible.map(({ name }) => name));
  return left.visible.map(({ name }) => name).filter((name) => names.has(name));
}

function find(item: FromItem, name: string): Column {
  const found = item.visible.find((column) => column.name === name);
  if (found === undefined) throw new BindError(`the column ${name} is not known`);
  return found.column;
}
