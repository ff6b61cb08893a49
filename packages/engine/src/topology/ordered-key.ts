import { ConfigurationError } from '../errors.js';
import type { KeyOrder, OrderedValue } from './key-order.js';
import type { KeyTexts } from './rule-placement.js';
import type { KeyValues } from './tables.js';

/** One value a key column; null is NULL. */
export type OrderedKey = readonly (OrderedValue | null)[];

/**
 * A key that the caller's rule names.
 *
 * @throws ConfigurationError when the key's type has no such value
 */
export function orderedKey(key: KeyValues, orders: readonly KeyOrder[], where: string): OrderedKey {
  const values: readonly unknown[] = Array.isArray(key) ? key : [key];
  try {
    return orders.map(({ read }, i) => (values[i] === null ? null : read(values[i])));
  } catch (cause) {
    throw new ConfigurationError(`${where}: ${(cause as Error).message}`, { cause });
  }
}

/** A key from PostgreSQL's text; undefined where some text is no value of its column's type. */
export function orderedText(key: KeyTexts, orders: readonly KeyOrder[]): OrderedKey | undefined {
  try {
    return orders.map(({ read }, i) => (key[i] === null ? null : read(key[i])));
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError)
      return undefined;
    throw error;
  }
}
