/** A statement with its names resolved: which column of which relation each name means. */
import type { FuncCall, Node, SelectStmt } from '../../sql/tree.js';
import type { CatalogColumn, CatalogRelation } from '../../topology/catalog.js';
import type { Table } from '../../topology/tables.js';

/** A column of a relation. Index -1: the row as a whole. */
export interface Column {
  readonly relation: Relation;
  readonly index: number;
}

export interface RelationColumn {
  readonly name: string;
  /** Of a table's column. */
  readonly catalog?: CatalogColumn;
  /** The column is another name for that one. */
  readonly same?: Column;
}

/** Where a table's rows are. */
export type TablePlace =
  | { readonly kind: 'sharded'; readonly key: readonly string[]; readonly table: Table }
  | { readonly kind: 'replicated' };

export type RelationSource =
  | { readonly kind: 'table'; readonly catalog: CatalogRelation; readonly place: TablePlace }
  | { readonly kind: 'subquery'; readonly block: Block; readonly lateral: boolean }
  | { readonly kind: 'cte'; readonly cte: Cte }
  /** A recursive query's own name within itself. */
  | { readonly kind: 'recursion'; readonly cte: Cte }
  | { readonly kind: 'function' }
  /** Other names for a join's columns. */
  | { readonly kind: 'join' }
  /** The columns that a FULL JOIN USING merges; of as many pairs. */
  | { readonly kind: 'merged'; readonly pairs: readonly (readonly [Column, Column])[] };

/** An entry of a FROM. */
export interface Relation {
  readonly id: number;
  /** Its alias, or its name. */
  readonly name: string;
  readonly schema: string | undefined;
  readonly block: Block;
  readonly columns: readonly RelationColumn[];
  /** It may have columns that are not known here: of a function, or of a system table. */
  readonly open: boolean;
  readonly source: RelationSource;
  /** The node of the tree that names it. */
  readonly node: Node;
}

/** A column as it can be named without its relation. */
export interface VisibleColumn {
  readonly name: string;
  readonly column: Column;
}

export type FromItem =
  | {
      readonly kind: 'relation';
      readonly relation: Relation;
      readonly visible: readonly VisibleColumn[];
    }
  | {
      readonly kind: 'join';
      readonly type: 'inner' | 'left' | 'right' | 'full';
      readonly left: FromItem;
      readonly right: FromItem;
      readonly on: Node | undefined;
      /** Pairs of columns that USING or NATURAL sets equal. */
      readonly using: readonly (readonly [Column, Column])[];
      readonly merged: Relation | undefined;
      readonly visible: readonly VisibleColumn[];
      /** The node of the tree. */
      readonly node: Node;
    };

export type JoinItem = Extract<FromItem, { kind: 'join' }>;

export interface OutputColumn {
  readonly name: string;
  /** The expression; undefined for a column that a star stands for. */
  readonly node: Node | undefined;
  /** Where it is nothing but a column. */
  readonly column: Column | undefined;
}

export interface Cte {
  readonly name: string;
  readonly node: Node;
  readonly recursive: boolean;
  block: Block | undefined;
  readonly columnNames: readonly string[];
}

/** A subquery within an expression. */
export interface Sublink {
  readonly node: Node;
  readonly block: Block;
  readonly clause: Clause;
}

export type Clause = 'select' | 'on' | 'where' | 'group' | 'having' | 'order' | 'limit' | 'window';

/** One SELECT, or an arm of a set operation. */
export interface Block {
  readonly select: SelectStmt;
  /** The SELECT whose names it may use, too. */
  readonly outer: Block | undefined;
  readonly ctes: ReadonlyMap<string, Cte>;
  readonly from: FromItem[];
  readonly relations: Relation[];
  outputs: readonly OutputColumn[];
  readonly sublinks: Sublink[];
  /** Calls of functions, without those of its subqueries. */
  readonly calls: FuncCall[];
  /** The arms of a set operation. */
  arms: readonly [Block, Block] | undefined;
  /** Columns of outer blocks that it or what it contains uses. */
  readonly outerColumns: Set<Column>;
}

export interface Binding {
  readonly root: Block;
  /** By the body of the ColumnRef. References that a rewrite makes are added. */
  readonly columns: Map<object, Column>;
  /** References to output columns in ORDER BY and GROUP BY, by the body of the ColumnRef. */
  readonly outputs: ReadonlyMap<object, number>;
  readonly blocks: ReadonlyMap<SelectStmt, Block>;
}

/** A name that could not be followed: the statement is answered by a plan that needs no names. */
export class BindError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BindError';
  }
}

/** The column itself, where a name is another one's. */
export function baseColumn(column: Column): Column {
  const same = column.relation.columns[column.index]?.same;
  return same === undefined ? column : baseColumn(same);
}

/** A text that tells columns apart. */
export function columnKey(column: Column): string {
  const { relation, index } = baseColumn(column);
  return `${relation.id}.${index}`;
}
