import { textParser } from '@millrace/postgres';
import { ConfigurationError } from '../errors.js';
import type { CatalogColumn } from './catalog.js';
import { type KeyType, keyTypeOid } from './key-hash.js';
import { keyOrder } from './key-order.js';
import type { KeyPlace, KeyTexts, RulePlacement } from './rule-placement.js';

type JavaScriptValue = (text: string) => unknown;

/**
 * Types of which all equal values are one JavaScript value, and how their text is written for `pg`'s parser. Not numeric
 * (1.0 and 1.00), bpchar (with its blanks or without) nor float4 (rounded or not).
 */
const CANONICAL: Partial<Readonly<Record<KeyType, (text: string) => string>>> = {
  bool: (text) => (keyOrder('bool', true).read(text) === 1 ? 't' : 'f'),
  int2: integerText,
  int4: integerText,
  int8: integerText,
  oid: integerText,
  float8: (text) => String(keyOrder('float8', true).read(text)),
  text: (text) => text,
  varchar: (text) => text,
  name: (text) => text,
  bytea: (text) => `\\x${keyOrder('bytea', true).read(text)}`,
  uuid: (text) =>
    String(keyOrder('uuid', true).read(text)).replace(
      /^(.{8})(.{4})(.{4})(.{4})(.{12})$/,
      '$1-$2-$3-$4-$5',
    ),
  date: checked('date'),
  timestamp: checked('timestamp'),
  timestamptz: checked('timestamptz'),
};

/** Numbers of functions: tables that are placed by the same one are placed alike. */
const numbers = new WeakMap<object, number>();
let lastNumber = 0;

/** By a function of the caller's, on the values that `pg` gives. Not known for types of which equal values may differ. */
export function functionPlacement(
  rule: (key: never) => number,
  { where, columns, shardCount }: KeyPlace,
): RulePlacement {
  const number = numbers.get(rule) ?? ++lastNumber;
  numbers.set(rule, number);
  // An int8 is a text where an int4 is a number: the function need not place them alike.
  const identity = `function ${number} of ${columns.map(({ internalType }) => (internalType === 'int8' ? 'int8' : '-'))}`;
  const readers = columns.map(valueReader);
  if (readers.includes(undefined)) return { identity, shardOf: undefined };
  const read = (key: KeyTexts): unknown[] | undefined => {
    try {
      return key.map((text, i) => (text === null ? null : readers[i]?.(text)));
    } catch (error) {
      // A text that is no value of the type, as 1.5 for an integer: what it equals is not for us to decide.
      if (error instanceof TypeError || error instanceof RangeError) return undefined;
      throw error;
    }
  };
  return {
    identity,
    shardOf: (key) => {
      const values = read(key);
      if (values === undefined) return undefined;
      const shard = ask(rule, values.length === 1 ? values[0] : values, where);
      if (typeof shard === 'number' && Number.isInteger(shard) && shard >= 0 && shard < shardCount)
        return shard;
      throw new ConfigurationError(
        `${where} gave ${String(shard)} for the key ${key.join(', ')}: an index of 'shards' is 0 to ${shardCount - 1}`,
      );
    },
  };
}

function ask(rule: (key: never) => number, key: unknown, where: string): unknown {
  try {
    return (rule as (key: unknown) => unknown)(key);
  } catch (cause) {
    throw new ConfigurationError(`${where} failed: ${String(cause)}`, { cause });
  }
}

function valueReader({ internalType, deterministic }: CatalogColumn): JavaScriptValue | undefined {
  const canonical = deterministic && CANONICAL[internalType as KeyType];
  if (!canonical) return undefined;
  const parse = textParser(keyTypeOid(internalType as KeyType), {});
  return (text) => parse(canonical(text));
}

function integerText(text: string): string {
  return String(keyOrder('int8', true).read(text));
}

/** Leaves a text as it is, once it is known to be one of the type. */
function checked(type: KeyType): (text: string) => string {
  return (text) => {
    keyOrder(type, true).read(text);
    return text;
  };
}
