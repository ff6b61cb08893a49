import { ConfigurationError } from '../errors.js';
import type { KeyOrder } from './key-order.js';
import { orderedKey, orderedText } from './ordered-key.js';
import type { KeyPlace, RulePlacement } from './rule-placement.js';
import type { KeyValues } from './tables.js';

/** Each shard has a list of keys. A key of NULLs lies where a list has it. */
export function listPlacement(
  lists: readonly (readonly KeyValues[])[],
  orders: readonly KeyOrder[],
  { where }: KeyPlace,
): RulePlacement {
  const shards = new Map<string, number>();
  lists.forEach((keys, shard) => {
    keys.forEach((key, i) => {
      const place = `${where}.list[${shard}][${i}]`;
      const identity = JSON.stringify(orderedKey(key, orders, place).map(identityOf));
      const other = shards.get(identity);
      if (other !== undefined && other !== shard)
        throw new ConfigurationError(`${place} is in the list of shards[${other}], too`);
      shards.set(identity, shard);
    });
  });
  const exact = orders.every((order) => order.exact);
  const sorted = [...shards].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    identity: `list ${JSON.stringify(sorted)}`,
    shardOf: (key) => {
      const values = orderedText(key, orders);
      const shard = values && shards.get(JSON.stringify(values.map(identityOf)));
      // Another text may be an equal value of a type that is not known here: then all are asked.
      return shard ?? (exact && values !== undefined ? 0 : undefined);
    },
  };
}

function identityOf(value: string | number | bigint | null): string | null {
  return value === null ? null : String(value);
}
