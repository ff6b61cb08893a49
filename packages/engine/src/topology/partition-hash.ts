/**
 * PostgreSQL's own hash partitioning in TypeScript: which of N shards holds a row, by the rule that
 * `PARTITION BY HASH` follows with modulus N, remainder i on shard i.
 *
 * The rule is `compute_partition_hash_value` in src/backend/partitioning/partbounds.c: each key column that is not
 * NULL is hashed with a fixed seed, the hashes are combined in the order of the columns, and the remainder of the
 * unsigned 64-bit result decides. A key of NULLs only hashes to 0. Text is taken to be stored in UTF-8, and the server
 * to be little-endian.
 */
import { type Hash64, hashCombine64, remainder64 } from './hash-bytes.js';
import { type KeyHasher, type KeyType, keyHasher } from './key-hash.js';

/** An unsigned 64-bit hash as two unsigned 32-bit halves: the value is `hi * 2^32 + lo`. */
export interface PartitionHash {
  readonly hi: number;
  readonly lo: number;
}

/**
 * Prepares the hash function of a key with these column types, in the order of the key's columns.
 * @returns a function from a key, one value a column (null or undefined is NULL), to its hash. It throws TypeError for
 *   a value of the wrong kind, RangeError for one outside of its type.
 * @throws TypeError when a type is not supported, RangeError when there is none.
 */
export function createPartitionHash(
  types: readonly KeyType[],
): (key: readonly unknown[]) => PartitionHash {
  const combine = createCombiner(types);
  return (key) => {
    const { hi, lo } = combine(key);
    return { hi: hi >>> 0, lo: lo >>> 0 };
  };
}

/**
 * Prepares the placement of rows over `modulus` shards: the function to call once a row when loading.
 * It allocates nothing for text, integers and floats.
 * @param modulus the number of shards: 1 to 2^31 − 1.
 * @returns a function from a key (one value a column, null or undefined is NULL) to the index of its shard.
 *   It throws as that of {@link createPartitionHash} does.
 * @throws TypeError when a type is not supported, RangeError when there is none or for a wrong modulus.
 */
export function createHashPartitioner(
  types: readonly KeyType[],
  modulus: number,
): (key: readonly unknown[]) => number {
  if (!Number.isInteger(modulus) || modulus < 1 || modulus > 0x7fffffff) {
    throw new RangeError(
      `the modulus of a hash partitioning must be a positive 32-bit integer, not ${modulus}`,
    );
  }
  const combine = createCombiner(types);
  return (key) => remainder64(combine(key), modulus);
}

/**
 * The shard of one key: the remainder that PostgreSQL's `satisfies_hash_partition` accepts for it.
 * For many keys prepare a {@link createHashPartitioner}.
 * @throws as createHashPartitioner and the function it returns do.
 */
export function hashPartitionOf(
  types: readonly KeyType[],
  key: readonly unknown[],
  modulus: number,
): number {
  return createHashPartitioner(types, modulus)(key);
}

/** The result object is the same at every call: read it before the next one. */
function createCombiner(types: readonly KeyType[]): (key: readonly unknown[]) => Hash64 {
  if (types.length === 0) throw new RangeError('a shard key has at least one column');
  const hashers: readonly KeyHasher[] = types.map(keyHasher);
  const row: Hash64 = { hi: 0, lo: 0 };
  const column: Hash64 = { hi: 0, lo: 0 };
  return (key) => {
    if (key.length !== hashers.length) {
      throw new RangeError(
        `the shard key has ${hashers.length} columns, and ${key.length} values were given`,
      );
    }
    row.hi = 0;
    row.lo = 0;
    for (let i = 0; i < hashers.length; i++) {
      const value = key[i];
      if (value === null || value === undefined) continue;
      (hashers[i] as KeyHasher)(value, column);
      hashCombine64(row, column);
    }
    return row;
  };
}
