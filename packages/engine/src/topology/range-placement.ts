import { ConfigurationError } from '../errors.js';
import type { KeyOrder } from './key-order.js';
import { type OrderedKey, orderedKey, orderedText } from './ordered-key.js';
import type { KeyPlace, RulePlacement } from './rule-placement.js';
import type { KeyRange, KeyValues } from './tables.js';

/** Ends of a shard's range; null: none on that side. */
interface Range {
  readonly shard: number;
  readonly from: OrderedKey | null;
  readonly to: OrderedKey | null;
}

/** Each shard has a range of keys, of several columns in the order of rows. Where NULLs lie is not known. */
export function rangePlacement(
  pairs: readonly KeyRange[],
  orders: readonly KeyOrder[],
  { where, columns }: KeyPlace,
): RulePlacement {
  const odd = orders.findIndex(({ compare }) => compare === undefined);
  if (odd >= 0) {
    const column = columns[odd]!;
    const why = column.deterministic ? `type ${column.typeName}` : 'its collation';
    throw new ConfigurationError(
      `${where}.range: the order of ${why} (column '${column.name}') is not known; name values instead: { list: … }`,
    );
  }
  const ranges = pairs.map((pair, shard) =>
    readRange(pair, shard, orders, `${where}.range[${shard}]`),
  );
  checkApart(ranges, orders, `${where}.range`);
  const text = (end: OrderedKey | null): string[] | null => end?.map(String) ?? null;
  return {
    identity: `range ${JSON.stringify(ranges.map(({ from, to }) => [text(from), text(to)]))}`,
    shardOf: (key) => {
      const values = orderedText(key, orders);
      if (values === undefined || values.includes(null)) return undefined;
      const range = ranges.find(
        ({ from, to }) =>
          (from === null || compareKeys(from, values, orders) <= 0) &&
          (to === null || compareKeys(values, to, orders) < 0),
      );
      return range?.shard ?? 0;
    },
  };
}

function readRange(
  [from, to]: KeyRange,
  shard: number,
  orders: readonly KeyOrder[],
  where: string,
): Range {
  const end = (key: KeyValues, i: number): OrderedKey | null => {
    if (key === null) return null;
    const values = orderedKey(key, orders, `${where}[${i}]`);
    if (values.includes(null))
      throw new ConfigurationError(`${where}[${i}]: a range has no end at NULL`);
    return values;
  };
  const range = { shard, from: end(from, 0), to: end(to, 1) };
  if (range.from !== null && range.to !== null && compareKeys(range.from, range.to, orders) > 0)
    throw new ConfigurationError(`${where}: its start is above its end`);
  return range;
}

function checkApart(ranges: readonly Range[], orders: readonly KeyOrder[], where: string): void {
  const isEmpty = ({ from, to }: Range): boolean =>
    from !== null && to !== null && compareKeys(from, to, orders) === 0;
  const startFirst = (a: Range, b: Range): number => {
    if (a.from === null || b.from === null)
      return Number(b.from === null) - Number(a.from === null);
    return compareKeys(a.from, b.from, orders);
  };
  const sorted = ranges.filter((range) => !isEmpty(range)).sort(startFirst);
  sorted.forEach((range, i) => {
    const next = sorted[i + 1];
    if (next === undefined) return;
    if (range.to === null || next.from === null || compareKeys(range.to, next.from, orders) > 0)
      throw new ConfigurationError(
        `${where}: those of shards[${range.shard}] and shards[${next.shard}] overlap`,
      );
  });
}

/** By the first column that differs. Keys without NULLs only. */
function compareKeys(a: OrderedKey, b: OrderedKey, orders: readonly KeyOrder[]): number {
  for (let i = 0; i < orders.length; i++) {
    const order = orders[i]!.compare?.(a[i]!, b[i]!) ?? 0;
    if (order !== 0) return order;
  }
  return 0;
}
