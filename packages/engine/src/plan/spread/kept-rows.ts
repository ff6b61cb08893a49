/**
 * Outer joins that keep rows which every shard has, beside rows that are split: `airports LEFT JOIN flights`. Each shard keeps the
 * airports that have no flight there; right are those that have none anywhere, once.
 *
 * `rules/keep-rows` adds a term to the WHERE, or to the ON of an outer join above, that leaves nothing else over: the row has a partner, or the shard is the first one
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
import { type ConditionPlace, type KeptRows, Obstacle } from './obstacle.js';
import type { Split } from './spread.js';

/** Whether a parameter is true on one shard only. */
export type IsFirstShard = (number: number) => boolean;

type Join = Omit<KeptRows, 'shards' | 'place'>;

/** What a condition makes of the outer joins below it. */
export class KeptRowsOf {
  readonly #block: Block;
  readonly #binding: Binding;
  readonly #isFirstShard: IsFirstShard;
  readonly #place: ConditionPlace;
  readonly #terms: readonly Node[];
  readonly #used = new Set<Node>();
  /** Columns that are not NULL in any row that comes out. */
  readonly #nonNull: ReadonlySet<string>;

  /** The WHERE of a SELECT, or the ON of an outer join in it, above the rows of `items`. */
  constructor(
    block: Block,
    { binding, isFirstShard }: { readonly binding: Binding; readonly isFirstShard: IsFirstShard },
    place: ConditionPlace = { kind: 'where', block },
    items: readonly FromItem[] = block.from,
  ) {
    this.#block = block;
    this.#binding = binding;
    this.#isFirstShard = isFirstShard;
    this.#place = place;
    const condition = conditionAt(place);
    this.#terms = conjuncts(condition).filter((term) => isFirstShardTerm(term, isFirstShard));
    this.#nonNull = nonNullInAll(condition, items, binding);
  }

  /** The same for the side of an outer join that it fills with NULLs; undefined where the join has no ON. */
  below(join: JoinItem, side: FromItem): KeptRowsOf | undefined {
    if (join.type === 'full' || join.on === undefined) return undefined;
    const context = { binding: this.#binding, isFirstShard: this.#isFirstShard };
    return new KeptRowsOf(this.#block, context, { kind: 'on', join }, [side]);
  }

  /**
   * The spread of a join that keeps such rows.
   *
   * @throws Obstacle where partners on other shards are not known yet
   */
  spread(join: Join, split: Split): Split {
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
      { kind: 'kept', kept: { ...join, shards: split.shards, place: this.#place } },
    );
  }

  /** @throws Obstacle where a term stands that no join needs any more: on all shards but one, it would leave out rows */
  checkUsed(): void {
    const term = this.#terms.find((candidate) => !this.#used.has(candidate));
    if (term === undefined) return;
    throw new Obstacle('both sides of an outer join are everywhere', {
      kind: 'term',
      place: this.#place,
      term,
    });
  }

  #isOf(term: Node, { kept, filled }: Join): boolean {
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

export function conditionAt(place: ConditionPlace): Node | undefined {
  return place.kind === 'where' ? place.block.select.whereClause : place.join.on;
}

function isFirstShardTerm(term: Node, isFirstShard: IsFirstShard): boolean {
  const either = bodyOf(term, 'BoolExpr');
  if (either?.boolop !== 'OR_EXPR') return false;
  const [test] = bodyOf(either.args?.[1], 'BoolExpr')?.args ?? [];
  const number = bodyOf(test, 'ParamRef')?.number;
  return number !== undefined && isFirstShard(number);
}

function nonNullInAll(
  condition: Node | undefined,
  items: readonly FromItem[],
  binding: Binding,
): Set<string> {
  const { conditions, using } = innerConditions(items);
  const all = condition === undefined ? conditions : [condition, ...conditions];
  const keys = all.flatMap((one) => [...nonNullColumns(one, binding)]);
  return new Set([...keys, ...using.flat().filter(isComparable).map(columnKey)]);
}

/** The columns that rows with a partner have a value in. */
export function joinedColumns(join: JoinItem, binding: Binding): Set<string> {
  const using = join.using.flat().filter(isComparable).map(columnKey);
  return new Set([...nonNullColumns(join.on, binding), ...using]);
}
