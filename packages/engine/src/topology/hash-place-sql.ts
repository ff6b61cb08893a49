/**
 * PostgreSQL's hash partitioning as SQL, for servers to look at their own rows: `satisfies_hash_partition` needs a
 * partitioned table of the key's types, which a shard need not have. The rule is told in partition-hash.ts.
 */
import type { CatalogColumn } from './catalog.js';
import { quoteName } from './qualified-name.js';

/** HASH_PARTITION_SEED in src/backend/partitioning/partbounds.c, 0x7A5B22367996DCFD. */
const SEED = '8816678312871386365';

/** The addend of `hash_combine64` in src/include/common/hashfn.h, 0x49A0F4DD15E5A8E3. */
const ADDEND = '5305509591434766563';

const TWO_TO_63 = '9223372036854775808';
const TWO_TO_64 = '18446744073709551616';

const call =
  (name: string, type: string) =>
  (value: string): string =>
    `pg_catalog.${name}(${value}::${type}, ${SEED})`;

/** By the type's name in `pg_type`. `bytea` has no such function that SQL may call. */
const HASHES: Readonly<Record<string, (value: string) => string>> = {
  bool: (value) => `pg_catalog.hashcharextended(${value}::bool::int4::"char", ${SEED})`,
  int2: call('hashint2extended', 'int2'),
  int4: call('hashint4extended', 'int4'),
  int8: call('hashint8extended', 'int8'),
  oid: call('hashoidextended', 'oid'),
  float4: call('hashfloat4extended', 'float4'),
  float8: call('hashfloat8extended', 'float8'),
  numeric: call('hash_numeric_extended', 'numeric'),
  text: call('hashtextextended', 'text'),
  varchar: call('hashtextextended', 'text'),
  bpchar: call('hashbpcharextended', 'bpchar'),
  name: call('hashnameextended', 'name'),
  uuid: call('uuid_hash_extended', 'uuid'),
  date: (value) => `pg_catalog.hashint4extended(case ${value}::date when 'infinity' then 2147483647
    when '-infinity' then -2147483648 else ${value}::date - date '2000-01-01' end, ${SEED})`,
  timestamp: call('timestamp_hash_extended', 'timestamp'),
  timestamptz: (value) =>
    `pg_catalog.timestamp_hash_extended(${value}::timestamptz at time zone 'UTC', ${SEED})`,
};

/** The parts of a statement that knows each row's shard. */
export interface HashPlaceSql {
  /** Goes behind the table in FROM, with a comma between. */
  readonly from: string;
  /** The expression for it. */
  readonly shard: string;
}

/**
 * @param row the name of the row in the statement
 * @returns undefined where some column has no hash that SQL may call, or texts that are equal to others
 */
export function hashPlaceSql(
  row: string,
  columns: readonly CatalogColumn[],
  modulus: number,
): HashPlaceSql | undefined {
  const steps: string[] = [];
  let before = '0::int8';
  for (const [i, { name, internalType, deterministic }] of columns.entries()) {
    const hash = Object.hasOwn(HASHES, internalType) ? HASHES[internalType] : undefined;
    if (hash === undefined || !deterministic) return undefined;
    const value = `${row}.${quoteName(name)}`;
    steps.push(`lateral (select case when ${value} is null then ${before}
      else ${combined(before, hash(value))} end as h) "hash ${i}"`);
    before = `"hash ${i}".h`;
  }
  const unsigned = `case when ${before} < 0 then ${before}::numeric + ${TWO_TO_64} else ${before} end`;
  return { from: steps.join(', '), shard: `mod(${unsigned}, ${modulus})::int4` };
}

/** `hash_combine64`: in numeric, since int8 does not wrap around. */
function combined(a: string, b: string): string {
  const sum = `${b}::numeric + ${ADDEND} + (${a} << 54) + ((${a} >> 7) & 144115188075855871)`;
  return `(${a} # (mod(mod(${sum} + ${TWO_TO_63}, ${TWO_TO_64}) + ${TWO_TO_64}, ${TWO_TO_64}) - ${TWO_TO_63})::int8)`;
}
