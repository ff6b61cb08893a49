/** What a name means in a SELECT: the innermost FROM that has it. */
import { UnsupportedError } from '../../errors.js';
import {
  BindError,
  type Block,
  baseColumn,
  type Column,
  type FromItem,
  type Relation,
  type VisibleColumn,
} from './block.js';

/** The column a reference means. `names`: its parts, without a star. */
export function resolve(names: readonly string[], block: Block): Column {
  for (let scope: Block | undefined = block; scope !== undefined; scope = scope.outer) {
    const column = names.length === 1 ? bare(names[0] as string, scope) : qualified(names, scope);
    if (column === undefined) continue;
    noteOuter(column, block, scope);
    return baseColumn(column);
  }
  const last = names[names.length - 1] as string;
  if (SYSTEM_COLUMNS.has(last)) throw perShard(last);
  throw new BindError(`the column ${names.join('.')} is not known`);
}

/** What a server says of a row for itself. */
const SYSTEM_COLUMNS = new Set(['tableoid', 'ctid', 'xmin', 'xmax', 'cmin', 'cmax']);

function perShard(name: string): UnsupportedError {
  return new UnsupportedError(
    `The column ${name} says where a shard keeps a row: it means nothing over several shards`,
    {
      clause: name,
      hint: "leave it out, or pass { mode: 'union' } to see that of every shard",
    },
  );
}

/** The columns that `*` stands for. */
export function starColumns(block: Block): VisibleColumn[] {
  return block.from.flatMap(({ visible }) => visible);
}

/** The relation of `name.*`, in this block or around it. */
export function resolveRelation(names: readonly string[], block: Block): Relation {
  for (let scope: Block | undefined = block; scope !== undefined; scope = scope.outer) {
    const relation = findRelation(names, scope);
    if (relation === undefined) continue;
    if (scope !== block) noteOuter({ relation, index: -1 }, block, scope);
    return relation;
  }
  throw new BindError(`the relation ${names.join('.')} is not known`);
}

function noteOuter(column: Column, block: Block, scope: Block): void {
  for (
    let inner: Block | undefined = block;
    inner !== undefined && inner !== scope;
    inner = inner.outer
  ) {
    inner.outerColumns.add(baseColumn(column));
  }
}

function bare(name: string, { from, relations }: Block): Column | undefined {
  for (const item of from) {
    const found = item.visible.find((visible) => visible.name === name);
    if (found !== undefined) return found.column;
  }
  const whole = relations.find(
    ({ name: alias, source }) => alias === name && source.kind !== 'merged',
  );
  if (whole !== undefined) return wholeOf(whole);
  const open = openRelations(from);
  return open[0] === undefined ? undefined : { relation: open[0], index: -1 };
}

/** A function's single column may be named as the function. */
function wholeOf(relation: Relation): Column {
  const only = relation.source.kind === 'function' && relation.columns.length === 1;
  return { relation, index: only ? 0 : -1 };
}

function openRelations(from: readonly FromItem[]): Relation[] {
  return from.flatMap((item) => {
    if (item.kind === 'join') return openRelations([item.left, item.right]);
    return item.relation.open ? [item.relation] : [];
  });
}

function qualified(names: readonly string[], block: Block): Column | undefined {
  const name = names[names.length - 1] as string;
  const relation = findRelation(names.slice(0, -1), block);
  if (relation === undefined) return undefined;
  const index = relation.columns.findIndex((column) => column.name === name);
  if (index >= 0) return { relation, index };
  if (relation.open) return { relation, index: -1 };
  if (SYSTEM_COLUMNS.has(name)) throw perShard(name);
  throw new BindError(`the column ${names.join('.')} is not known`);
}

function findRelation(names: readonly string[], { relations }: Block): Relation | undefined {
  const name = names[names.length - 1];
  const schema = names.length > 1 ? names[names.length - 2] : undefined;
  return relations.find(
    (relation) =>
      relation.source.kind !== 'merged' &&
      relation.name === name &&
      (schema === undefined || relation.schema === schema),
  );
}
