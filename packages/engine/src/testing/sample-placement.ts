/** Columns and placements for the tests of the topology. */
import type { CatalogColumn } from '../topology/catalog.js';
import { type Placement, placementOf } from '../topology/placement.js';
import { type PlacementRule, readTables } from '../topology/tables.js';

/** How many shards there are in these tests. */
export const SHARDS = 3;

export function sampleColumn(
  internalType: string,
  changes: Partial<CatalogColumn> = {},
): CatalogColumn {
  return {
    name: 'k',
    typeOid: 0,
    typeName: internalType,
    internalType,
    typeModifier: -1,
    collation: undefined,
    byteOrder: true,
    deterministic: true,
    notNull: false,
    generated: false,
    ...changes,
  };
}

/** Texts of which different ones may be equal. */
export const NONDETERMINISTIC: CatalogColumn = sampleColumn('text', {
  deterministic: false,
  byteOrder: false,
  collation: '"app"."loose"',
});

/** The placement of a table with a key of these types. */
export function samplePlacement(
  by: PlacementRule,
  ...types: (string | CatalogColumn)[]
): Placement {
  const key = types.map((_, i) => `k${i}`);
  const [table] = readTables({ t: { key, by } }, SHARDS);
  const columns = types.map((type) => (typeof type === 'string' ? sampleColumn(type) : type));
  return placementOf(table!, columns, SHARDS);
}
