/** Which shard holds the rows of a key. */
import { ConfigurationError } from '../errors.js';
import type { CatalogColumn } from './catalog.js';
import { functionPlacement } from './function-placement.js';
import { hashPlacement } from './hash-placement.js';
import { keyOrder } from './key-order.js';
import { listPlacement } from './list-placement.js';
import { rangePlacement } from './range-placement.js';
import type { KeyPlace, KeyTexts, RulePlacement } from './rule-placement.js';
import type { Table } from './tables.js';

export interface Placement {
  /** The same for two tables means: equal keys of both lie on the same shard. */
  readonly colocationId: string;
  /** Whether `shardOf` may say something: false where it is undefined for every key. */
  readonly prunable: boolean;
  /**
   * The shard that holds the rows of a key; undefined: not known, ask all. A key that lies nowhere (in no list, in no
   * range) has no rows: then it is 0, as any shard may say so.
   *
   * @throws ConfigurationError when a function of the caller's throws, or gives what is no shard's index
   */
  readonly shardOf: (key: KeyTexts) => number | undefined;
}

/** Types whose equal values are placed alike by every rule that reads them; others are families of their own. */
const FAMILIES: ReadonlyMap<string, string> = new Map([
  ['int2', 'int'],
  ['int4', 'int'],
  ['int8', 'int'],
  ['text', 'text'],
  ['varchar', 'text'],
  ['name', 'text'],
  ['float4', 'float'],
  ['float8', 'float'],
]);

/**
 * Makes a sharded table's placement.
 *
 * @param columns those of its key, in the key's order
 * @throws ConfigurationError when a list or a range has a value that the key's type has not, lists or ranges overlap, or a
 *   replicated table is given
 */
export function placementOf(
  table: Table,
  columns: readonly CatalogColumn[],
  shardCount: number,
): Placement {
  if (table.key === undefined)
    throw new ConfigurationError(`tables.${table.option} is replicated: its rows are everywhere`);
  const place = { where: `tables.${table.option}.by`, columns, shardCount };
  const { identity, shardOf } = rulePlacement(table.by, place);
  const families = columns.map(({ internalType, deterministic, collation }) => [
    FAMILIES.get(internalType) ?? internalType,
    // Which texts are equal is the collation's to say.
    ...(deterministic ? [] : [collation ?? 'default']),
  ]);
  return {
    colocationId: `${identity} of ${JSON.stringify(families)}`,
    prunable: shardOf !== undefined,
    shardOf: (key) => {
      if (key.length !== columns.length)
        throw new RangeError(`a key of ${columns.length} columns, and ${key.length} values`);
      return shardOf?.(key);
    },
  };
}

function rulePlacement(by: Table['by'], place: KeyPlace): RulePlacement {
  if (by === 'unknown') return { identity: 'unknown', shardOf: undefined };
  if (by === 'hash') return hashPlacement(place);
  if (typeof by === 'function') return functionPlacement(by, place);
  const orders = place.columns.map((column) => keyOrder(column.internalType, column.deterministic));
  return 'list' in by
    ? listPlacement(by.list, orders, place)
    : rangePlacement(by.range, orders, place);
}
