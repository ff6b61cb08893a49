/**
 * Key values as things that compare in JavaScript as their type does in PostgreSQL, for placement by lists and ranges.
 * One row a type; of types that are not in the table only equal texts are known to be equal.
 */
import { dateKey, timestampKey } from './datetime-key.js';
import { floatKey, integerKey } from './number-key.js';
import { compareDecimals, decimalText } from './numeric-order.js';
import { parseUuid } from './uuid-key.js';

/** Equal values of a type are the same one. */
export type OrderedValue = string | number | bigint;

export interface KeyOrder {
  /**
   * Reads PostgreSQL's text of a value, or its JavaScript value.
   * @throws TypeError or RangeError when the type has no such value
   */
  readonly read: (value: unknown) => OrderedValue;
  /** Undefined where the type's order is not known. */
  readonly compare: ((a: OrderedValue, b: OrderedValue) => number) | undefined;
  /** Values that are read differently are different ones. */
  readonly exact: boolean;
}

const encoder = new TextEncoder();

const integers = ordered((value) => BigInt(integerKey('integer', value)), compareNumbers);
const texts = ordered(textOf, compareText);
const dates = ordered(dateKey, compareNumbers);

const ORDERS: ReadonlyMap<string, KeyOrder> = new Map([
  ['bool', ordered(readBoolean, compareNumbers)],
  ['int2', integers],
  ['int4', integers],
  ['int8', integers],
  ['oid', integers],
  ['float4', ordered((value) => Math.fround(floatKey(value)) + 0, compareFloats)],
  ['float8', ordered((value) => floatKey(value) + 0, compareFloats)],
  ['numeric', ordered((value) => decimalText(textOf(value)), compareDecimalValues)],
  ['text', texts],
  ['varchar', texts],
  ['name', texts],
  ['bpchar', ordered((value) => textOf(value).replace(/ +$/, ''), compareText)],
  ['bytea', ordered(readBytes, compareText)],
  ['uuid', ordered(readUuid, compareText)],
  ['date', dates],
  ['timestamp', ordered((value) => BigInt(timestampKey(value, false)), compareNumbers)],
  ['timestamptz', ordered((value) => BigInt(timestampKey(value, true)), compareNumbers)],
]);

const unordered: KeyOrder = { read: textOf, compare: undefined, exact: false };

/**
 * @param internalType `typname` in `pg_type`, domains resolved
 * @param deterministic whether texts of different bytes differ in the column's collation
 */
export function keyOrder(internalType: string, deterministic: boolean): KeyOrder {
  return (deterministic && ORDERS.get(internalType)) || unordered;
}

function ordered(
  read: KeyOrder['read'],
  compare: (a: OrderedValue, b: OrderedValue) => number,
): KeyOrder {
  return { read, compare, exact: true };
}

function compareNumbers(a: OrderedValue, b: OrderedValue): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** NaN is equal to itself and above all others (src/include/utils/float.h). */
function compareFloats(a: OrderedValue, b: OrderedValue): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return compareNumbers(a, b);
}

function compareDecimalValues(a: OrderedValue, b: OrderedValue): number {
  return compareDecimals(String(a), String(b));
}

/** By the bytes of UTF-8, which JavaScript's own order of UTF-16 units is not. */
function compareText(a: OrderedValue, b: OrderedValue): number {
  const left = encoder.encode(String(a));
  const right = encoder.encode(String(b));
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) if (left[i] !== right[i]) return left[i]! - right[i]!;
  return left.length - right.length;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new TypeError(`expected text, not ${describe(value)}`);
}

function readBoolean(value: unknown): number {
  if (typeof value === 'boolean') return Number(value);
  if (value === 't' || value === 'true') return 1;
  if (value === 'f' || value === 'false') return 0;
  throw new TypeError(`expected a boolean, not ${describe(value)}`);
}

function readBytes(value: unknown): string {
  if (value instanceof Uint8Array)
    return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (typeof value === 'string' && /^\\x(?:[\da-f]{2})*$/i.test(value))
    return value.slice(2).toLowerCase();
  throw new TypeError(`expected bytes, not ${describe(value)}`);
}

function readUuid(value: unknown): string {
  const bytes = new Uint8Array(16);
  parseUuid(value, bytes);
  return readBytes(bytes);
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeof value;
}
