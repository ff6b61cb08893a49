/**
 * How each type of a shard key is hashed: one row a type, with the PostgreSQL function that is followed.
 *
 * Each function takes the value as the column stores it: rounded to the column's scale or precision, cut to its
 * length. Types that are not in the table are refused, for one of two reasons: their hash depends on the server
 * (enums by OID, text under a nondeterministic collation), or nobody shards by them.
 */
import { dateKey, timestampKey } from './datetime-key.js';
import { type Hash64, hashBytesExtended, hashUint32Extended } from './hash-bytes.js';
import { floatKey, integerKey, wrongKind } from './number-key.js';
import { parseNumericKey } from './numeric-key.js';
import { parseUuid } from './uuid-key.js';

/** A type of PostgreSQL that a hashed shard key can have. */
export type KeyType =
  | 'bool'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'oid'
  | 'float4'
  | 'float8'
  | 'numeric'
  | 'text'
  | 'varchar'
  | 'bpchar'
  | 'name'
  | 'bytea'
  | 'uuid'
  | 'date'
  | 'timestamp'
  | 'timestamptz';

/** Hashes one value that is not null into `out`. */
export type KeyHasher = (value: unknown, out: Hash64) => void;

/** HASH_PARTITION_SEED in src/backend/partitioning/partbounds.c. */
const SEED: Hash64 = { hi: 0x7a5b2236, lo: 0x7996dcfd | 0 };

interface KeyTypeRow {
  /** The type's number in pg_type.dat. */
  readonly oid: number;
  readonly hash: KeyHasher;
}

/** Files are under src/backend: access/hash/hashfunc.c unless another is named. */
const keyTypes: Readonly<Record<KeyType, KeyTypeRow>> = {
  bool: { oid: 16, hash: hashBool }, //                                        hashcharextended
  int2: { oid: 21, hash: (value, out) => hashInt32('int2', -32768, 32767, value, out) }, // hashint2extended
  int4: { oid: 23, hash: (value, out) => hashInt32('int4', -2147483648, 2147483647, value, out) }, // hashint4extended
  int8: { oid: 20, hash: hashInt8 }, //                                        hashint8extended
  oid: { oid: 26, hash: (value, out) => hashInt32('oid', 0, 4294967295, value, out) }, // hashoidextended
  float4: { oid: 700, hash: (value, out) => hashFloat(Math.fround(floatKey(value)), out) }, // hashfloat4extended
  float8: { oid: 701, hash: (value, out) => hashFloat(floatKey(value), out) }, // hashfloat8extended
  numeric: { oid: 1700, hash: hashNumeric }, //                                hash_numeric_extended, utils/adt/numeric.c
  text: { oid: 25, hash: hashText }, //                                        hashtextextended
  varchar: { oid: 1043, hash: hashText }, //                                   hashtextextended: varchar has no hash of its own
  bpchar: { oid: 1042, hash: hashBlankPadded }, //                             hashbpcharextended, utils/adt/varchar.c
  name: { oid: 19, hash: hashText }, //                                        hashnameextended
  bytea: { oid: 17, hash: hashBytea }, //                                      hashvarlenaextended
  uuid: { oid: 2950, hash: hashUuid }, //                                      uuid_hash_extended, utils/adt/uuid.c
  date: { oid: 1082, hash: (value, out) => hashUint32Extended(dateKey(value), SEED, out) }, // as int4
  timestamp: { oid: 1114, hash: (value, out) => hashInt64(timestampKey(value, false), out) }, // timestamp_hash_extended
  timestamptz: { oid: 1184, hash: (value, out) => hashInt64(timestampKey(value, true), out) }, // the same
};

const typesByOid: ReadonlyMap<number, KeyType> = new Map(
  Object.entries(keyTypes).map(([type, row]) => [row.oid, type as KeyType]),
);

/** The key type with this number in `pg_type`, or undefined where hashing it is not supported. */
export function keyTypeOfOid(oid: number): KeyType | undefined {
  return typesByOid.get(oid);
}

/** Whether a type's name in `pg_type` is that of a key type. */
export function isKeyType(name: string): name is KeyType {
  return Object.hasOwn(keyTypes, name);
}

/** The type's number in `pg_type`. */
export function keyTypeOid(type: KeyType): number {
  return keyTypes[type].oid;
}

/**
 * The function that hashes values of a type with PostgreSQL's partitioning seed.
 * @throws TypeError when the type is not supported.
 */
export function keyHasher(type: KeyType): KeyHasher {
  if (!Object.hasOwn(keyTypes, type))
    throw new TypeError(`rows cannot be placed by a key of type ${String(type)}`);
  return keyTypes[type].hash;
}

const encoder = new TextEncoder();
let scratch = new Uint8Array(256);
const float = new DataView(new ArrayBuffer(8));

function hashBool(value: unknown, out: Hash64): void {
  if (typeof value !== 'boolean') throw wrongKind('bool', 'a boolean', value);
  hashUint32Extended(value ? 1 : 0, SEED, out);
}

function hashInt32(type: string, least: number, most: number, value: unknown, out: Hash64): void {
  const integer = typeof value === 'number' ? value : Number(integerKey(type, value));
  if (!Number.isInteger(integer) || integer < least || integer > most) {
    throw new RangeError(`out of range of ${type}: ${String(value)}`);
  }
  hashUint32Extended(integer | 0, SEED, out);
}

function hashInt8(value: unknown, out: Hash64): void {
  const integer = integerKey('int8', value);
  if (
    typeof integer === 'number'
      ? !Number.isSafeInteger(integer)
      : BigInt.asIntN(64, integer) !== integer
  ) {
    throw new RangeError(`out of range of int8, or beyond 2^53 as a number: ${String(value)}`);
  }
  hashInt64(integer, out);
}

/** Folds the halves so that an int8 hashes as the int4 or int2 of the same value does. */
function hashInt64(value: number | bigint, out: Hash64): void {
  const lo = typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value));
  const hi =
    typeof value === 'number' ? Math.floor(value / 0x1_0000_0000) | 0 : Number(value >> 32n);
  hashUint32Extended(hi < 0 ? lo ^ ~hi : lo ^ hi, SEED, out);
}

function hashFloat(value: number, out: Hash64): void {
  if (value === 0) {
    // Both zeroes are equal and of different bits: neither is hashed.
    out.hi = SEED.hi;
    out.lo = SEED.lo;
    return;
  }
  if (Number.isNaN(value)) {
    // All NaNs are equal to PostgreSQL, which hashes this one for each of them.
    float.setUint32(0, 0, true);
    float.setUint32(4, 0x7ff80000, true);
  } else float.setFloat64(0, value, true);
  for (let i = 0; i < 8; i++) scratch[i] = float.getUint8(i);
  hashBytesExtended(scratch, 8, SEED, out);
}

function hashNumeric(value: unknown, out: Hash64): void {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') {
    throw wrongKind('numeric', 'text, a number or a bigint', value);
  }
  const key = parseNumericKey(String(value));
  if (key.kind === 'digits') {
    hashBytesExtended(key.bytes, key.bytes.length, SEED, out);
    out.lo ^= key.weight;
    out.hi ^= key.weight >> 31;
    return;
  }
  out.hi = SEED.hi;
  out.lo = key.kind === 'zero' ? SEED.lo - 1 : SEED.lo;
}

function hashText(value: unknown, out: Hash64): void {
  if (typeof value !== 'string') throw wrongKind('text', 'a string', value);
  hashStart(value, value.length, out);
}

function hashBlankPadded(value: unknown, out: Hash64): void {
  if (typeof value !== 'string') throw wrongKind('bpchar', 'a string', value);
  let length = value.length;
  while (length > 0 && value.charCodeAt(length - 1) === 0x20) length--;
  hashStart(value, length, out);
}

function hashStart(text: string, length: number, out: Hash64): void {
  const bytes = encodeText(text, length);
  hashBytesExtended(scratch, bytes, SEED, out);
}

/** Writes the first `length` UTF-16 units of `text` to `scratch` in UTF-8 and returns the bytes written. */
function encodeText(text: string, length: number): number {
  if (length * 3 > scratch.length) scratch = new Uint8Array(length * 6);
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return encoder.encodeInto(text.slice(0, length), scratch).written;
    scratch[i] = unit;
  }
  return length;
}

function hashBytea(value: unknown, out: Hash64): void {
  if (!(value instanceof Uint8Array)) throw wrongKind('bytea', 'a Uint8Array', value);
  hashBytesExtended(value, value.length, SEED, out);
}

function hashUuid(value: unknown, out: Hash64): void {
  parseUuid(value, scratch);
  hashBytesExtended(scratch, 16, SEED, out);
}
