import { ConfigurationError } from '../errors.js';

/** How a sharded table's rows are placed. `key`: its column, or columns. */
export interface ShardedTableOption {
  readonly key: string | readonly string[];
  /** `'unknown'` (default): by a rule of someone else's. `'hash'`: as PostgreSQL's hash partitioning places them. */
  readonly by?: 'unknown' | 'hash';
}

/** Split by a key, or whole on every shard. */
export type TableOption = ShardedTableOption | 'replicated';

export interface Table {
  readonly name: string;
  /** Undefined for a replicated table. */
  readonly key: readonly string[] | undefined;
  readonly by: 'unknown' | 'hash';
}

/**
 * Reads what the caller says of the tables.
 *
 * @throws ConfigurationError naming the table and what is wrong
 */
export function readTables(options: unknown): Table[] {
  if (options === undefined) return [];
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigurationError(
      "'tables' must be an object: { name: { key: 'column' } } or { name: 'replicated' }",
    );
  }
  return Object.entries(options).map(([name, option]) => readTable(name, option));
}

function readTable(name: string, option: unknown): Table {
  if (option === 'replicated') return { name, key: undefined, by: 'unknown' };
  const { key, by = 'unknown' } = (typeof option === 'object' && option !== null ? option : {}) as {
    key?: unknown;
    by?: unknown;
  };
  const columns = typeof key === 'string' ? [key] : key;
  if (
    !Array.isArray(columns) ||
    columns.length === 0 ||
    !columns.every((column) => typeof column === 'string' && column)
  ) {
    throw new ConfigurationError(
      `tables.${name} must be 'replicated' or name its shard key: { key: 'column' }`,
    );
  }
  if (by !== 'unknown' && by !== 'hash')
    throw new ConfigurationError(`tables.${name}.by must be 'unknown' or 'hash'`);
  return { name, key: columns as string[], by };
}
