/**
 * PostgreSQL's extended hash functions with seed 0, in JavaScript: `hashint8extended`, `hashint4extended`,
 * `hashfloat8extended`, `hashtextextended` (src/common/hashfn.c and src/backend/access/hash/hashfunc.c; Bob Jenkins'
 * lookup3). The servers compute the same hashes in SQL, so what a client decoded is compared with what the server
 * holds, not with what another client made of it.
 *
 * A 64-bit hash is two 32-bit lanes written to `out`: out[0] the low one, out[1] the high one. No BigInt on the way.
 */

const initial = 0x9e3779b9 + 3923095;
const floatBytes = new DataView(new ArrayBuffer(8));

/** Where a hash goes: two lanes, low and high. */
export type HashLanes = Uint32Array<ArrayBuffer>;

/** A place for one hash. */
export function hashLanes(): HashLanes {
  return new Uint32Array(2);
}

/** `hashint4extended` and `hashint2extended`. */
export function hashInt32(value: number, out: HashLanes): void {
  const start = (initial + 4) | 0;
  finalMix((start + value) | 0, start, start, out);
}

/** `hashint8extended` of the 64-bit integer with these halves. */
export function hashInt64(low: number, high: number, out: HashLanes): void {
  hashInt32(low ^ (high >= 0 ? high : ~high), out);
}

/** `hashint8extended` of an integer that a double holds exactly. */
export function hashSafeInteger(value: number, out: HashLanes): void {
  hashInt64(value | 0, Math.floor(value / 0x1_0000_0000) | 0, out);
}

/** `hashfloat8extended`: both zeros hash to the seed. */
export function hashFloat64(value: number, out: HashLanes): void {
  if (value === 0) {
    out[0] = 0;
    out[1] = 0;
    return;
  }
  floatBytes.setFloat64(0, value, true);
  const start = (initial + 8) | 0;
  finalMix(
    (start + floatBytes.getInt32(0, true)) | 0,
    (start + floatBytes.getInt32(4, true)) | 0,
    start,
    out,
  );
}

/** `hashtextextended` of the UTF-8 bytes from `from` up to, not including, `to`. */
export function hashBytes(bytes: Uint8Array, from: number, to: number, out: HashLanes): void {
  const start = (initial + (to - from)) | 0;
  let a = start;
  let b = start;
  let c = start;
  let at = from;
  for (; to - at >= 12; at += 12) {
    a = (a + word(bytes, at)) | 0;
    b = (b + word(bytes, at + 4)) | 0;
    c = (c + word(bytes, at + 8)) | 0;
    a = ((a - c) ^ rotate(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ rotate(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 4)) | 0;
    b = (b + a) | 0;
  }
  // The low byte of c is kept for the length, so the last word starts one byte up.
  a = (a + partialWord(bytes, at, to)) | 0;
  b = (b + partialWord(bytes, at + 4, to)) | 0;
  c = (c + (partialWord(bytes, at + 8, to) << 8)) | 0;
  finalMix(a, b, c, out);
}

function finalMix(first: number, second: number, third: number, out: HashLanes): void {
  let a = first;
  let b = second;
  let c = third;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  out[0] = c;
  out[1] = b;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function word(bytes: Uint8Array, at: number): number {
  return (
    byte(bytes, at) |
    (byte(bytes, at + 1) << 8) |
    (byte(bytes, at + 2) << 16) |
    (byte(bytes, at + 3) << 24)
  );
}

function partialWord(bytes: Uint8Array, at: number, to: number): number {
  let value = 0;
  for (let index = Math.min(to - at, 4) - 1; index >= 0; index--) {
    value = (value << 8) | byte(bytes, at + index);
  }
  return value;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
