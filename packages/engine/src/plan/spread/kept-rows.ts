/**
 * Outer joins that keep rows which every shard has, beside rows that are split: `airports LEFT JOIN flights`. Each shard keeps the
 * airports that have no flight there; right are those that have none anywhere, once.
 *
 * `rules/keep-rows` adds a term to the WHERE that leaves nothing else over: the row has a partner, or the shard is the first one
 * and the row is not among those that have a partner on some shard. Here such terms are told from others.
 */
import { conjuncts } from '../../sql/build.js';
import { bodyOf, type Node } from '../../sql/tree.js';
import { walk } from '../../sql/walk.js';
import {
  type Binding,
  type Block,
  type Column,
  columnKey,
  type FromItem,
  type JoinItem,
} from '../binder/block.js';
import { innerConditions, relationsOf } from './from-items.js';
import { isComparable, nonNullColumns } from './null-rejecting.js';
import { type KeptRows, Obstacle } from './obstacle.js';
import type { Split } from './spread.js';

/** Whether a parameter is true on one shard only. */
export type IsFirstShard = (number: number) => boolean;

/** What the WHERE of a SELECT makes of the outer joins in its FROM. */
export class KeptRowsOf {
  readonly #block: Block;
  readonly #binding: Binding;
  readonly #terms: readonly Node[];
  readonly #used = new Set<Node>();
  /** Columns that are not NULL in any row that comes out. */
  readonly #nonNull: ReadonlySet<string>;

  constructor(block: Block, binding: Binding, isFirstShard: IsFirstShard) {
    this.#block = block;
    this.#binding = binding;
    const where = conjuncts(block.select.whereClause);
    this.#terms = where.filter((term) => firstShardTest(term, isFirstShard) !== undefined);
    this.#nonNull = nonNullInAll(block, binding);
  }

  /**
   * The spread of a join that keeps such rows.
   *
   * @throws Obstacle where partners on other shards are not known yet
   */
  spread(join: Omit<KeptRows, 'shards'>, split: Split): Split {
    const term = this.#terms.find((candidate) => this.#isOf(candidate, join));
    if (term !== undefined) {
      this.#used.add(term);
      const keys = split.keys.filter((key) => this.#tellsApart(key, join.join));
      return { ...split, keys, shards: undefined, nullsApart: true };
    }
    if (this.#rejects(join.filled)) {
      return join.join.type === 'full' ? { ...split, shards: undefined } : split;
    }
    throw new Obstacle(
      'an outer join keeps rows that every shard has, and each would fill its own with NULLs',
      { kind: 'kept', kept: { ...join, shards: split.shards } },
    );
  }

  /** @throws Obstacle where a term stands that no join needs any more: on all shards but one, it would leave out rows */
  checkUsed(): void {
    const term = this.#terms.find((candidate) => !this.#used.has(candidate));
    if (term === undefined) return;
    throw new Obstacle('both sides of an outer join are everywhere', {
      kind: 'term',
      block: this.#block,
      term,
    });
  }

  #isOf(term: Node, { kept, filled }: Omit<KeptRows, 'shards'>): boolean {
    const [test, leftOver] = bodyOf(term, 'BoolExpr')?.args ?? [];
    const within = (part: unknown, item: FromItem): boolean => {
      const relations = relationsOf(item);
      return this.#columnsIn(part).every(({ relation }) => relations.includes(relation));
    };
    return within(test, filled) && within(leftOver, kept);
  }

  /** Columns of this SELECT, without those of the staged rows. */
  #columnsIn(part: unknown): Column[] {
    const columns: Column[] = [];
    walk(part, (kind, body) => {
      const column = kind === 'ColumnRef' ? this.#binding.columns.get(body) : undefined;
      if (column !== undefined && column.relation.block === this.#block) columns.push(column);
      return undefined;
    });
    return columns;
  }

  #rejects(filled: FromItem): boolean {
    return relationsOf(filled).some(({ id, columns }) =>
      columns.some((_, index) => this.#nonNull.has(`${id}.${index}`)),
    );
  }

  /** Whether no row but those that are filled with NULLs has nothing but NULL in a key. */
  #tellsApart(key: readonly Column[], join: JoinItem): boolean {
    const matched = join.type === 'full' ? undefined : joinedColumns(join, this.#binding);
    return key.some(
      (column) =>
        matched?.has(columnKey(column)) ||
        column.relation.columns[column.index]?.catalog?.notNull === true,
    );
  }
}

/** The parameter in a term that is true on one shard only. */
function firstShardTest(term: Node, isFirstShard: IsFirstShard): Node | undefined {
  const either = bodyOf(term, 'BoolExpr');
  if (either?.boolop !== 'OR_EXPR') return undefined;
  const [test] = bodyOf(either.args?.[1], 'BoolExpr')?.args ?? [];
  const number = bodyOf(test, 'ParamRef')?.number;
  return number !== undefined && isFirstShard(number) ? test : undefined;
}

function nonNullInAll(block: Block, binding: Binding): Set<string> {
  const { conditions, using } = innerConditions(block.from);
  const where = block.select.whereClause;
  const all = where === undefined ? conditions : [where, ...conditions];
  const keys = all.flatMap((condition) => [...nonNullColumns(condition, binding)]);
  return new Set([...keys, ...using.flat().filter(isComparable).map(columnKey)]);
}

/** The columns that rows with a partner have a value in. */
export function joinedColumns(join: JoinItem, binding: Binding): Set<string> {
  const using = join.using.flat().filter(isComparable).map(columnKey);
  return new Set([...nonNullColumns(join.on, binding), ...using]);
}
