/** What binding a statement works with: the parts of it call each other through it. */
import type { Node, SelectStmt } from '../../sql/tree.js';
import type { CatalogRelation } from '../../topology/catalog.js';
import type { Block, Clause, Column, Cte, TablePlace } from './block.js';

/** A table of the catalog, and where its rows are. */
export interface ResolvedTable {
  readonly catalog: CatalogRelation;
  readonly place: TablePlace;
}

/** Finds a table by its name. */
export type FindTable = (schema: string | undefined, name: string) => ResolvedTable;

/** What is around a SELECT. */
export interface Surroundings {
  readonly outer: Block | undefined;
  readonly ctes: ReadonlyMap<string, Cte>;
}

export interface BindContext {
  readonly table: FindTable;
  readonly columns: Map<object, Column>;
  readonly outputs: Map<object, number>;
  readonly blocks: Map<SelectStmt, Block>;
  nextId: number;
  /** Binds a SELECT within what is around it. */
  readonly select: (select: SelectStmt, around: Surroundings) => Block;
  /** Binds the names of an expression, and the subqueries in it. */
  readonly expression: (
    expression: Node | readonly unknown[] | undefined,
    clause: Clause,
    block: Block,
  ) => void;
}
