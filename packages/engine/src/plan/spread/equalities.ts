/** Which columns, and which constants, are equal wherever a row comes out: the classes that `=` joins. */
import { conjuncts } from '../../sql/build.js';
import { bodyOf, type Node, textOf } from '../../sql/tree.js';
import { type Binding, type Column, columnKey } from '../binder/block.js';

export class Equalities {
  readonly #parents = new Map<string, string>();
  /** Values that a class is limited to, by its root: the nodes of the tree, each a constant or a parameter. */
  readonly #values = new Map<string, readonly Node[]>();

  /** One that knows what `other` does, and learns more. */
  static from(other: Equalities | undefined): Equalities {
    const equalities = new Equalities();
    if (other === undefined) return equalities;
    for (const [key, parent] of other.#parents) equalities.#parents.set(key, parent);
    for (const [key, values] of other.#values) equalities.#values.set(key, values);
    return equalities;
  }

  add(a: Column, b: Column): void {
    const rootA = this.#root(columnKey(a));
    const rootB = this.#root(columnKey(b));
    if (rootA === rootB) return;
    this.#parents.set(rootA, rootB);
    const values = this.#values.get(rootA);
    if (values !== undefined) this.#limit(rootB, values);
  }

  /** The column has one of these values, or there is no row. */
  limit(column: Column, values: readonly Node[]): void {
    this.#limit(this.#root(columnKey(column)), values);
  }

  same(a: Column, b: Column): boolean {
    return this.#root(columnKey(a)) === this.#root(columnKey(b));
  }

  /** The values that a column is limited to; undefined: any. */
  values(column: Column): readonly Node[] | undefined {
    return this.#values.get(this.#root(columnKey(column)));
  }

  /** Learns from a condition that has to hold. */
  learn(condition: Node | undefined, binding: Binding): void {
    for (const term of conjuncts(condition)) this.#learnTerm(term, binding);
  }

  /** Learns which columns a condition sets equal, but no values: those of rows that it does not hold for are others. */
  learnColumns(condition: Node | undefined, binding: Binding): void {
    for (const term of conjuncts(condition)) {
      const comparison = bodyOf(term, 'A_Expr');
      if (comparison?.kind !== 'AEXPR_OP' || textOf(comparison.name?.at(-1)) !== '=') continue;
      const left = columnOf(comparison.lexpr, binding);
      const right = columnOf(comparison.rexpr, binding);
      if (left && right) this.add(left, right);
      else this.#learnRows(comparison.lexpr, comparison.rexpr, binding);
    }
  }

  #learnTerm(term: Node, binding: Binding): void {
    const comparison = bodyOf(term, 'A_Expr');
    if (comparison === undefined || textOf(comparison.name?.at(-1)) !== '=') return;
    const left = columnOf(comparison.lexpr, binding);
    const right = columnOf(comparison.rexpr, binding);
    if (comparison.kind === 'AEXPR_OP') {
      if (left && right) this.add(left, right);
      else if (left && isValue(comparison.rexpr)) this.limit(left, [comparison.rexpr as Node]);
      else if (right && isValue(comparison.lexpr)) this.limit(right, [comparison.lexpr as Node]);
      else this.#learnRows(comparison.lexpr, comparison.rexpr, binding);
      return;
    }
    if (left === undefined) return;
    if (comparison.kind === 'AEXPR_IN') {
      const items = bodyOf(comparison.rexpr, 'List')?.items ?? [];
      if (items.every(isValue)) this.limit(left, items);
    } else if (comparison.kind === 'AEXPR_OP_ANY') {
      const elements = bodyOf(comparison.rexpr, 'A_ArrayExpr')?.elements;
      if (elements?.every(isValue)) this.limit(left, elements);
      else if (isParameter(comparison.rexpr)) this.limit(left, [anyOf(comparison.rexpr as Node)]);
    }
  }

  /** `(a, b) = (c, d)`. */
  #learnRows(left: Node | undefined, right: Node | undefined, binding: Binding): void {
    const lefts = bodyOf(left, 'RowExpr')?.args ?? [];
    const rights = bodyOf(right, 'RowExpr')?.args ?? [];
    if (lefts.length !== rights.length) return;
    lefts.forEach((node, i) => {
      const a = columnOf(node, binding);
      const b = columnOf(rights[i], binding);
      if (a && b) this.add(a, b);
    });
  }

  #limit(root: string, values: readonly Node[]): void {
    const known = this.#values.get(root);
    if (known === undefined || values.length < known.length) this.#values.set(root, values);
  }

  #root(key: string): string {
    let root = key;
    for (
      let parent = this.#parents.get(root);
      parent !== undefined;
      parent = this.#parents.get(root)
    ) {
      root = parent;
    }
    return root;
  }
}

/** A mark for the values of an array parameter: `= ANY($1)`. */
const ANY_OF = 'ArrayValues';

/** The elements of an array parameter, as a value of a class. */
function anyOf(parameter: Node): Node {
  return { [ANY_OF]: parameter } as unknown as Node;
}

/** The parameter whose elements are meant. */
export function arrayParameter(value: Node): Node | undefined {
  return (value as unknown as Record<string, Node>)[ANY_OF];
}

/** The column an expression is nothing but. */
export function columnOf(node: Node | undefined, binding: Binding): Column | undefined {
  const reference = bodyOf(node, 'ColumnRef');
  const column = reference && binding.columns.get(reference);
  return column === undefined || column.index < 0 ? undefined : column;
}

function isValue(node: Node | undefined): boolean {
  return bodyOf(node, 'A_Const') !== undefined || isParameter(node);
}

function isParameter(node: Node | undefined): boolean {
  return bodyOf(node, 'ParamRef') !== undefined;
}
