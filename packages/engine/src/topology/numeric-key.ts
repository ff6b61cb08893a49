/**
 * Decimal text to PostgreSQL's numeric digits, as far as hashing needs them (src/backend/utils/adt/numeric.c).
 *
 * A numeric is a row of base-10000 digits aligned on the decimal point, and the weight of the first one (0 for the
 * digit just before the point). Equal values of different scale must hash alike, so leading and trailing zero digits
 * are dropped, and neither scale nor sign takes part.
 */

/** What hashing sees of a numeric: the digits' bytes, or one of the two values that have none. */
export type NumericKey =
  | { readonly kind: 'digits'; readonly bytes: Uint8Array; readonly weight: number }
  | { readonly kind: 'zero' }
  | { readonly kind: 'special' };

const DECIMAL = /^[+-]?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const SPECIAL = /^(?:nan|[+-]?inf(?:inity)?)$/i;

/**
 * Reads a decimal number as PostgreSQL writes it, or as JavaScript does (`1e-7`).
 * @throws TypeError when the text is not a number.
 */
export function parseNumericKey(text: string): NumericKey {
  const trimmed = text.trim();
  if (SPECIAL.test(trimmed)) return { kind: 'special' };
  const match = DECIMAL.exec(trimmed);
  const whole = match?.[1] ?? '';
  const fraction = match?.[2] ?? '';
  if (match === null || whole.length + fraction.length === 0)
    throw new TypeError(`not a numeric: ${JSON.stringify(text)}`);
  return numericDigits(whole + fraction, whole.length + Number(match[3] ?? 0));
}

/** `decimals` with the decimal point after the first `point` of them (which may lie outside of the text). */
function numericDigits(decimals: string, point: number): NumericKey {
  let first = 0;
  let end = decimals.length;
  while (first < end && decimals.charCodeAt(first) === 48) first++;
  if (first === end) return { kind: 'zero' };
  while (decimals.charCodeAt(end - 1) === 48) end--;

  const beforePoint = point - first;
  const weight = Math.ceil(beforePoint / 4) - 1;
  const padding = 4 * (weight + 1) - beforePoint;
  const count = Math.ceil((padding + end - first) / 4);
  const bytes = new Uint8Array(2 * count);
  for (let digit = 0; digit < count; digit++) {
    let value = 0;
    for (let place = 4 * digit - padding + first, stop = place + 4; place < stop; place++) {
      value = value * 10 + (place >= first && place < end ? decimals.charCodeAt(place) - 48 : 0);
    }
    bytes[2 * digit] = value & 0xff;
    bytes[2 * digit + 1] = value >> 8;
  }
  return { kind: 'digits', bytes, weight };
}
