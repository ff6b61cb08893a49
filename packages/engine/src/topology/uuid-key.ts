import { wrongKind } from './number-key.js';

const PUNCTUATION = /^(?:\{[\da-f-]*\}|[\da-f-]*)$/i;

/**
 * Writes the 16 bytes of a UUID to the front of `bytes`. Case, enclosing braces and hyphens make no difference
 * (src/backend/utils/adt/uuid.c).
 * @throws TypeError when the value is no UUID.
 */
export function parseUuid(value: unknown, bytes: Uint8Array): void {
  if (typeof value !== 'string') throw wrongKind('uuid', 'a string', value);
  let digits = 0;
  for (let i = 0; i < value.length && digits <= 32; i++) {
    const nibble = hexDigit(value.charCodeAt(i));
    if (nibble < 0) continue;
    const byte = digits >> 1;
    bytes[byte] = ((bytes[byte] as number) << 4) | nibble;
    digits++;
  }
  if (digits !== 32 || !PUNCTUATION.test(value))
    throw new TypeError(`not a uuid: ${JSON.stringify(value)}`);
}

/** The value of a hexadecimal digit's character code, or −1 for another character. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 0x20;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
