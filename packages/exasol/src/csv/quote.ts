/** Text between delimiters, with delimiters inside doubled. Each returns where it ends; it needs twice the bytes, and two. */

/** Below this many bytes a loop is faster than a search and a copy, which cost a call each. */
const LOOP_BYTES = 64;

export function quoteBytes(
  out: Buffer,
  at: number,
  bytes: Uint8Array,
  delimiter: number,
  from = 0,
  to: number = bytes.length,
): number {
  let end = at;
  out[end++] = delimiter;
  if (to - from < LOOP_BYTES || bytes.subarray(from, to).includes(delimiter)) {
    for (let i = from; i < to; i++) {
      const byte = bytes[i] as number;
      out[end++] = byte;
      if (byte === delimiter) out[end++] = delimiter;
    }
  } else {
    out.set(bytes.subarray(from, to), end);
    end += to - from;
  }
  out[end++] = delimiter;
  return end;
}

/** Needs three bytes for each of the text's UTF-16 units, twice, and two. */
export function quoteText(out: Buffer, at: number, text: string, delimiter: number): number {
  let end = at;
  out[end++] = delimiter;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return quoteBytes(out, at, Buffer.from(text), delimiter);
    out[end++] = unit;
    if (unit === delimiter) out[end++] = delimiter;
  }
  out[end++] = delimiter;
  return end;
}
