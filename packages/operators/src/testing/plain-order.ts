/** How plain values compare, value by value: the oracle of every kernel that compares. For the tests of this package. */
import type { DataType, Value } from '@millrace/batch';
import { compareNumeric } from '../numeric/arithmetic.js';
import { parseNumeric } from '../numeric/numeric.js';
import type { ColumnOrder, SortKey } from '../pipeline.js';

/** Negative, 0 or positive; neither is NULL. */
export function comparePlain(type: DataType, order: ColumnOrder, a: Value, b: Value): number {
  if (order === 'numeric' || type.kind === 'decimal') {
    return compareNumeric(parseNumeric(String(a)), parseNumeric(String(b)));
  }
  if (order === 'bpchar') {
    return Buffer.compare(
      Buffer.from(String(a).replace(/ +$/, '')),
      Buffer.from(String(b).replace(/ +$/, '')),
    );
  }
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(String(b)));
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array);
  if (type.kind === 'timestamp') return compareSigned(instant(a as bigint), instant(b as bigint));
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return compareSigned(a as number, b as number);
}

/** A wrapped timestamp as what it stands for. */
function instant(us: bigint): bigint {
  if (us === 2n ** 63n - 1n) return 2n ** 66n;
  if (us === -(2n ** 63n)) return us;
  return us < -(2n ** 58n) ? us + 2n ** 64n : us;
}

function compareSigned<T extends number | bigint | boolean>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** An ORDER BY over rows. */
export function compareByKeys(
  types: readonly DataType[],
  keys: readonly SortKey[],
): (a: readonly Value[], b: readonly Value[]) => number {
  return (a, b) => {
    for (const { column, order, descending, nullsFirst } of keys) {
      const left = a[column] as Value;
      const right = b[column] as Value;
      if (left === null || right === null) {
        if (left === right) continue;
        return (left === null) === nullsFirst ? -1 : 1;
      }
      const result = comparePlain(types[column]!, order, left, right);
      if (result !== 0) return descending ? -result : result;
    }
    return 0;
  };
}
