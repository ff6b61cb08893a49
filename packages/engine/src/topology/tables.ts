import { ConfigurationError } from '../errors.js';
import { type QualifiedName, readQualifiedName } from './qualified-name.js';

/** A value of a key column, as `pg` gives or takes it; for text, bytes, dates and numbers PostgreSQL's text will do, too. */
export type KeyValue = string | number | bigint | boolean | Date | Uint8Array | null;

/** A key of one column as its value, one of several as a list of values. */
export type KeyValues = KeyValue | readonly KeyValue[];

/** From the first (included) to the second (not included); null: without an end on that side. */
export type KeyRange = readonly [from: KeyValues, to: KeyValues];

/**
 * What places a row, by its key. It must be the rule by which the rows were placed: a wrong one makes wrong answers, which
 * `db.check()` finds out.
 *
 * - `'unknown'`: a rule of someone else's. Every shard is asked.
 * - `'hash'`: as PostgreSQL's hash partitioning does, with the number of shards as modulus; remainder i is on `shards[i]`.
 * - `list`: the values of `shards[0]`, those of `shards[1]`, …
 * - `range`: the range of `shards[0]`, that of `shards[1]`, … Texts compare by their bytes.
 * - a function of the key's value, as `pg` gives it (of the list of values, for a key of several columns), which returns
 *   the shard's index.
 */
export type PlacementRule =
  | 'unknown'
  | 'hash'
  | { readonly list: readonly (readonly KeyValues[])[] }
  | { readonly range: readonly KeyRange[] }
  | ((key: never) => number);

/** How a sharded table's rows are placed. All rows of one key lie on one shard; NULL counts as a key. */
export interface ShardedTableOption {
  /** Its column, or columns: as in SQL, or exactly as they are. */
  readonly key: string | readonly string[];
  /** Default `'unknown'`. */
  readonly by?: PlacementRule;
}

/** Split by a key, or whole on every shard. */
export type TableOption = ShardedTableOption | 'replicated';

/** One entry of the option `tables`. */
export interface Table extends QualifiedName {
  /** The entry's name as it was written. */
  readonly option: string;
  /** Undefined for a replicated table. */
  readonly key: readonly string[] | undefined;
  readonly by: PlacementRule;
}

const RULES =
  "'unknown', 'hash', { list: [[values of shards[0]], …] }, { range: [[from, to], …] } or a function of the key";

/**
 * Reads what the caller says of the tables. Whether there are such tables and columns is seen when they are bound to a
 * catalog, and whether values fit the key's type when a placement is made.
 *
 * @throws ConfigurationError naming the table and what is wrong
 */
export function readTables(options: unknown, shardCount: number): Table[] {
  if (options === undefined) return [];
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigurationError(
      "'tables' must be an object: { name: { key: 'column' } } or { name: 'replicated' }",
    );
  }
  const tables = Object.entries(options).map(([name, option]) =>
    readTable(name, option, shardCount),
  );
  const seen = new Map<string, string>();
  for (const { schema, name, option } of tables) {
    const identity = JSON.stringify([schema, name]);
    const other = seen.get(identity);
    if (other !== undefined)
      throw new ConfigurationError(`tables: '${other}' and '${option}' are the same table`);
    seen.set(identity, option);
  }
  return tables;
}

function readTable(option: string, value: unknown, shardCount: number): Table {
  const where = `tables.${option}`;
  const name = readQualifiedName(option, where);
  if (value === 'replicated') return { ...name, option, key: undefined, by: 'unknown' };
  const given: Record<string, unknown> =
    typeof value === 'object' && value !== null ? { ...value } : {};
  const { key, by = 'unknown', ...others } = given;
  const columns: unknown[] = Array.isArray(key) ? [...key] : [key];
  if (columns.length === 0 || !columns.every((column) => typeof column === 'string' && column)) {
    throw new ConfigurationError(
      `${where} must be 'replicated' or name its shard key: { key: 'column' }`,
    );
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new ConfigurationError(
      `${where}.${unknown} is not known: a sharded table has a 'key' and may have 'by'`,
    );
  }
  if (new Set(columns).size < columns.length)
    throw new ConfigurationError(`${where}.key names a column twice`);
  const rule = readRule(by, `${where}.by`, { shardCount, columnCount: columns.length });
  return { ...name, option, key: columns as string[], by: rule };
}

interface KeyShape {
  readonly shardCount: number;
  readonly columnCount: number;
}

function readRule(by: unknown, where: string, shape: KeyShape): PlacementRule {
  if (by === 'unknown' || by === 'hash') return by;
  if (typeof by === 'function') return by as PlacementRule;
  if (typeof by === 'object' && by !== null && Object.keys(by).length === 1) {
    const { list, range } = by as { list?: unknown; range?: unknown };
    if (list !== undefined) return { list: readLists(list, `${where}.list`, shape) };
    if (range !== undefined) return { range: readRanges(range, `${where}.range`, shape) };
  }
  throw new ConfigurationError(`${where} must be ${RULES}`);
}

function readLists(list: unknown, where: string, shape: KeyShape): KeyValues[][] {
  return oneEach(list, where, 'a list of values', shape).map((values, shard) => {
    if (!Array.isArray(values))
      throw new ConfigurationError(`${where}[${shard}] must be a list of values`);
    return values.map((value, i) => readKey(value, `${where}[${shard}][${i}]`, shape));
  });
}

function readRanges(range: unknown, where: string, shape: KeyShape): KeyRange[] {
  return oneEach(range, where, 'a pair [from, to]', shape).map((pair, shard) => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new ConfigurationError(`${where}[${shard}] must be a pair [from, to]`);
    const end = (i: 0 | 1): KeyValues =>
      pair[i] === null ? null : readKey(pair[i], `${where}[${shard}][${i}]`, shape);
    return [end(0), end(1)];
  });
}

function oneEach(list: unknown, where: string, what: string, { shardCount }: KeyShape): unknown[] {
  if (Array.isArray(list) && list.length === shardCount) return list;
  throw new ConfigurationError(
    `${where} must have ${what} for each shard, in the order of 'shards': ${shardCount} in all`,
  );
}

function readKey(value: unknown, where: string, { columnCount }: KeyShape): KeyValues {
  const values: unknown[] = Array.isArray(value) ? [...value] : [value];
  const what = columnCount === 1 ? 'a value' : `a list of ${columnCount} values, one a key column`;
  if (values.length !== columnCount || (columnCount > 1 && !Array.isArray(value)))
    throw new ConfigurationError(`${where} must be ${what}`);
  if (!values.every(isKeyValue)) {
    throw new ConfigurationError(
      `${where} must be ${what}: text, numbers, booleans, dates, bytes or null`,
    );
  }
  return values;
}

function isKeyValue(value: unknown): value is KeyValue {
  if (value === null || value instanceof Date || value instanceof Uint8Array) return true;
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}
