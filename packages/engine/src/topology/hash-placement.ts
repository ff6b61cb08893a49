import { isKeyType, type KeyType } from './key-hash.js';
import { createHashPartitioner } from './partition-hash.js';
import type { KeyPlace, RulePlacement } from './rule-placement.js';

/**
 * By PostgreSQL's hash partitioning. Keys of types that it is not written for here, or of a nondeterministic collation,
 * are placed all the same, but nobody here knows where.
 */
export function hashPlacement({ columns, shardCount }: KeyPlace): RulePlacement {
  const types = columns.map(({ internalType }) => internalType);
  if (!types.every(isKeyType) || !columns.every(({ deterministic }) => deterministic))
    return { identity: 'hash', shardOf: undefined };
  const partition = createHashPartitioner(types, shardCount);
  return {
    identity: 'hash',
    shardOf: (key) => {
      try {
        return partition(key.map((text, i) => (text === null ? null : hashable(types[i]!, text))));
      } catch (error) {
        // A text that is no value of the type, as 1.5 for an integer: what it equals is not for us to decide.
        if (error instanceof TypeError || error instanceof RangeError) return undefined;
        throw error;
      }
    },
  };
}

/** What the hash functions take where that is not the text. */
function hashable(type: KeyType, text: string): unknown {
  if (type === 'bool') return BOOLEANS.get(text) ?? text;
  if (type === 'bytea' && /^\\x(?:[\da-f]{2})*$/i.test(text))
    return Uint8Array.from(text.slice(2).match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  return text;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['t', true],
  ['true', true],
  ['f', false],
  ['false', false],
]);
