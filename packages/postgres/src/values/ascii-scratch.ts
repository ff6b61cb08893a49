/**
 * Numbers as text, many at a time: the digits of a range of rows are written side by side as bytes, which become one
 * string, of which the values are parts. That makes one string for each value and nothing that is thrown away.
 *
 * Values are written from the last row to the first, each from its last digit to its first: so nobody counts digits.
 */

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const BILLION = 1e9;

/** The longest text of a value: 38 digits, a sign, a point, and a leading zero. */
const MOST_BYTES = 41;

/** All pairs of digits, 00 to 99, one after the other. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, i) =>
  i % 2 === 0 ? ZERO + Math.floor(i / 20) : ZERO + (Math.floor(i / 2) % 10),
);

interface BufferLatin1 {
  latin1Slice(start: number, end: number): string;
}

export class AsciiScratch {
  #bytes: Buffer = Buffer.allocUnsafe(0);
  #starts: Int32Array = new Int32Array(0);
  #at = 0;
  #row = 0;
  #rows = 0;

  /** Starts a range of so many values. The last one is written first. */
  reset(rowCount: number): void {
    if (rowCount > this.#starts.length) {
      this.#starts = new Int32Array(rowCount);
      this.#bytes = Buffer.allocUnsafe(rowCount * MOST_BYTES);
    }
    this.#at = this.#bytes.length;
    this.#row = rowCount;
    this.#rows = rowCount;
  }

  /** As `number`, for a 32-bit integer and a scale of at most 9: no double is passed around, which would be boxed. */
  int32(value: number, scale: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    let rest = value < 0 ? -value : value;
    if (scale > 0) {
      const unit = POWERS[scale] as number;
      const whole = (rest / unit) | 0;
      at = writeSmall(bytes, at, rest - whole * unit, scale);
      bytes[--at] = POINT;
      rest = whole;
    }
    at = writeSmall(bytes, at, rest, 1);
    if (value < 0) bytes[--at] = MINUS;
    this.#end(at);
  }

  /** Writes an integer of at most 2^53, with a point before its last `scale` digits; `scale` at most 15. */
  number(value: number, scale: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    let rest = Math.abs(value);
    if (scale > 0) {
      const unit = POWERS[scale] as number;
      const whole = Math.floor(rest / unit);
      at = writeDigits(bytes, at, rest - whole * unit, scale);
      bytes[--at] = POINT;
      rest = whole;
    }
    at = writeDigits(bytes, at, rest, 1);
    if (value < 0) bytes[--at] = MINUS;
    this.#end(at);
  }

  /** Writes a value that is text already, of ASCII only. */
  text(text: string): void {
    let at = this.#at;
    for (let i = text.length - 1; i >= 0; i--) this.#bytes[--at] = text.charCodeAt(i);
    this.#end(at);
  }

  /** Gives the strings, in row order. */
  strings(out: unknown[]): void {
    const first = this.#at;
    const end = this.#bytes.length;
    const whole = (this.#bytes as unknown as BufferLatin1).latin1Slice(first, end);
    const starts = this.#starts;
    const last = this.#rows - 1;
    for (let row = 0; row < last; row++) {
      out[row] = whole.substring(
        (starts[row] as number) - first,
        (starts[row + 1] as number) - first,
      );
    }
    if (last >= 0) out[last] = whole.substring((starts[last] as number) - first);
  }

  #end(at: number): void {
    this.#at = at;
    this.#starts[--this.#row] = at;
  }
}

/** Exact powers of ten. */
const POWERS = Array.from({ length: 16 }, (_, i) => 10 ** i);

/** Writes the digits of an integer of at most 2^53 before `end`, at least so many. Returns where they begin. */
function writeDigits(bytes: Uint8Array, end: number, value: number, least: number): number {
  let at = end;
  if (value >= BILLION) {
    const high = Math.floor(value / BILLION);
    at = writeSmall(bytes, at, value - high * BILLION, 9);
    return writeSmall(bytes, at, high, least - 9);
  }
  at = writeSmall(bytes, at, value, Math.min(least, 9));
  // What is left of the padding.
  while (end - at < least) bytes[--at] = ZERO;
  return at;
}

/** As `writeDigits`, below 2^31: integer arithmetic, two digits at a time. */
function writeSmall(bytes: Uint8Array, end: number, value: number, least: number): number {
  let at = end;
  let rest = value | 0;
  while (rest >= 10) {
    const next = (rest / 100) | 0;
    const pair = (rest - next * 100) * 2;
    bytes[--at] = PAIRS[pair + 1] as number;
    bytes[--at] = PAIRS[pair] as number;
    rest = next;
  }
  if (rest > 0) bytes[--at] = ZERO + rest;
  while (end - at < least) bytes[--at] = ZERO;
  return at;
}
