/**
 * The decimal layout: a 128-bit two's complement integer, little-endian, as four 32-bit words. A value is the integer
 * times 10^-scale. NaN is the smallest integer, which no precision up to 38 reaches.
 */

/** The largest precision that fits in 127 bits. */
export const MAX_DECIMAL_PRECISION = 38;

/** The text PostgreSQL writes for the value: all `scale` digits after the point; `NaN`. `offset` in bytes. */
export function formatDecimal(bytes: Uint8Array, offset: number, scale: number): string {
  const w0 = wordAt(bytes, offset);
  const w1 = wordAt(bytes, offset + 4);
  const w2 = wordAt(bytes, offset + 8);
  const w3 = wordAt(bytes, offset + 12);
  return formatDecimalWords(w0, w1, w2, w3, scale);
}

/** As `formatDecimal`, from the four words (each as a signed 32-bit integer), least significant first. */
export function formatDecimalWords(
  w0: number,
  w1: number,
  w2: number,
  w3: number,
  scale: number,
): string {
  const small = smallDecimal(w0, w1, w2, w3);
  if (!Number.isNaN(small)) return placePoint(small < 0, String(Math.abs(small)), scale);
  if (isNaNDecimal(w0, w1, w2, w3)) return 'NaN';
  const high = (BigInt(w3) << 96n) | (BigInt(w2 >>> 0) << 64n);
  const value = high | (BigInt(w1 >>> 0) << 32n) | BigInt(w0 >>> 0);
  return placePoint(value < 0n, String(value < 0n ? -value : value), scale);
}

export function isNaNDecimal(w0: number, w1: number, w2: number, w3: number): boolean {
  return w3 === -0x80000000 && w2 === 0 && w1 === 0 && w0 === 0;
}

/** The unscaled integer when a double holds it exactly, else NaN. */
export function smallDecimal(w0: number, w1: number, w2: number, w3: number): number {
  if (w2 !== w3 || (w3 !== 0 && w3 !== -1)) return Number.NaN;
  const high = w3 === 0 ? w1 >>> 0 : (w1 >>> 0) - 0x100000000;
  // 2^53 / 2^32: beyond it the double would round.
  if (high >= 0x200000 || high < -0x200000) return Number.NaN;
  return high * 0x100000000 + (w0 >>> 0);
}

function placePoint(negative: boolean, digits: string, scale: number): string {
  const sign = negative ? '-' : '';
  if (scale === 0) return sign + digits;
  const padded = digits.length > scale ? digits : digits.padStart(scale + 1, '0');
  const point = padded.length - scale;
  return `${sign}${padded.slice(0, point)}.${padded.slice(point)}`;
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] as number) |
    ((bytes[offset + 1] as number) << 8) |
    ((bytes[offset + 2] as number) << 16) |
    ((bytes[offset + 3] as number) << 24)
  );
}
