/**
 * The 64-bit hash under PostgreSQL's hash partitioning, on pairs of 32-bit halves.
 *
 * The function is Bob Jenkins' lookup3 as PostgreSQL carries it in src/common/hashfn.c (its own rotation
 * constants, and the seed taken in as a first block of its own). Results are those of a little-endian server:
 * x86-64 and ARM64. A big-endian server reads keys in its own byte order and places rows elsewhere.
 *
 * Cost: no allocation and no BigInt. The three words of state live in this module, so a hash runs from begin to
 * finish without a yield; nothing here calls back.
 */

/** A 64-bit value as two signed 32-bit integers; `x >>> 0` gives a half its unsigned reading. */
export interface Hash64 {
  hi: number;
  lo: number;
}

/** The start value of lookup3 with PostgreSQL's own addend (hashfn.c): the length of the key is added to it. */
const START = (0x9e3779b9 + 3923095) | 0;

let a = 0;
let b = 0;
let c = 0;

/**
 * Hashes the first `lengthBytes` of `bytes`: `hash_bytes_extended` in src/common/hashfn.c.
 * The result is written to `out`, so that a loop needs one result object.
 */
export function hashBytesExtended(
  bytes: Uint8Array,
  lengthBytes: number,
  seed: Hash64,
  out: Hash64,
): void {
  begin(lengthBytes, seed);
  let at = 0;
  for (; lengthBytes - at >= 12; at += 12) {
    a = (a + wordAt(bytes, at)) | 0;
    b = (b + wordAt(bytes, at + 4)) | 0;
    c = (c + wordAt(bytes, at + 8)) | 0;
    mix();
  }
  const rest = lengthBytes - at;
  for (let i = 0; i < rest; i++) {
    const byte = bytes[at + i] as number;
    if (i < 4) a = (a + (byte << (8 * i))) | 0;
    else if (i < 8) b = (b + (byte << (8 * (i - 4)))) | 0;
    // The lowest byte of c belongs to the length, so the last three bytes start one place up.
    else c = (c + (byte << (8 * (i - 7)))) | 0;
  }
  finish(out);
}

/** Hashes one 32-bit integer: `hash_bytes_uint32_extended` in src/common/hashfn.c. The same as hashing its four bytes. */
export function hashUint32Extended(value: number, seed: Hash64, out: Hash64): void {
  begin(4, seed);
  a = (a + value) | 0;
  finish(out);
}

/** Folds the hash of the next key column into `row`: `hash_combine64` in src/include/common/hashfn.h. */
export function hashCombine64(row: Hash64, next: Hash64): void {
  const { hi, lo } = row;
  const shiftedLo = (lo >>> 7) | (hi << 25);
  const sumLo = (next.lo >>> 0) + 0x15e5a8e3 + (shiftedLo >>> 0);
  const carry = Math.floor(sumLo / 0x1_0000_0000);
  row.lo = lo ^ (sumLo | 0);
  row.hi = hi ^ ((next.hi + 0x49a0f4dd + (lo << 22) + (hi >>> 7) + carry) | 0);
}

/** The unsigned 64-bit value modulo a positive 32-bit integer. Three steps of 16 bits keep every product below 2^53. */
export function remainder64(value: Hash64, modulus: number): number {
  const top = (value.hi >>> 0) % modulus;
  const middle = (top * 0x1_0000 + (value.lo >>> 16)) % modulus;
  return (middle * 0x1_0000 + (value.lo & 0xffff)) % modulus;
}

function begin(lengthBytes: number, seed: Hash64): void {
  a = b = c = (START + lengthBytes) | 0;
  if (seed.hi === 0 && seed.lo === 0) return;
  a = (a + seed.hi) | 0;
  b = (b + seed.lo) | 0;
  mix();
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

function mix(): void {
  let x = a;
  let y = b;
  let z = c;
  x = ((x - z) | 0) ^ rotateLeft(z, 4);
  z = (z + y) | 0;
  y = ((y - x) | 0) ^ rotateLeft(x, 6);
  x = (x + z) | 0;
  z = ((z - y) | 0) ^ rotateLeft(y, 8);
  y = (y + x) | 0;
  x = ((x - z) | 0) ^ rotateLeft(z, 16);
  z = (z + y) | 0;
  y = ((y - x) | 0) ^ rotateLeft(x, 19);
  x = (x + z) | 0;
  z = ((z - y) | 0) ^ rotateLeft(y, 4);
  y = (y + x) | 0;
  a = x;
  b = y;
  c = z;
}

function finish(out: Hash64): void {
  let x = a;
  let y = b;
  let z = c;
  z = ((z ^ y) - rotateLeft(y, 14)) | 0;
  x = ((x ^ z) - rotateLeft(z, 11)) | 0;
  y = ((y ^ x) - rotateLeft(x, 25)) | 0;
  z = ((z ^ y) - rotateLeft(y, 16)) | 0;
  x = ((x ^ z) - rotateLeft(z, 4)) | 0;
  y = ((y ^ x) - rotateLeft(x, 14)) | 0;
  z = ((z ^ y) - rotateLeft(y, 24)) | 0;
  out.hi = y;
  out.lo = z;
}
