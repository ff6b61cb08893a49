/** Decimal numbers as text, in the order of PostgreSQL's numeric: −Infinity, the numbers, Infinity, NaN. */

const DECIMAL = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?\s*$/;

/** Ranks of what is no number; a number's is 0. */
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['-infinity', -1],
  ['infinity', 1],
  ['nan', 2],
]);

/**
 * The one text of all equal numbers: no leading or trailing zeroes, no exponent, `-inf` and `inf` in full.
 *
 * @throws TypeError when the text is not a number
 */
export function decimalText(text: string): string {
  const special = /^\s*([+-]?)(inf(?:inity)?|nan)\s*$/i.exec(text);
  if (special !== null) {
    if (/nan/i.test(special[2]!)) return 'nan';
    return special[1] === '-' ? '-infinity' : 'infinity';
  }
  const match = DECIMAL.exec(text);
  const digits = (match?.[2] ?? '') + (match?.[3] ?? '');
  if (match === null || digits === '')
    throw new TypeError(`not a numeric: ${JSON.stringify(text.slice(0, 40))}`);
  const point = (match[2] ?? '').length + Number(match[4] ?? 0);
  const whole = digits.slice(0, Math.max(point, 0)).padEnd(Math.max(point, 0), '0');
  const fraction = point < 0 ? '0'.repeat(-point) + digits : digits.slice(point);
  const wholeText = whole.replace(/^0+/, '') || '0';
  const fractionText = fraction.replace(/0+$/, '');
  const number = fractionText === '' ? wholeText : `${wholeText}.${fractionText}`;
  return match[1] === '-' && number !== '0' ? `-${number}` : number;
}

/** Compares two texts that {@link decimalText} gave. */
export function compareDecimals(a: string, b: string): number {
  const ranks = (SPECIAL.get(a) ?? 0) - (SPECIAL.get(b) ?? 0);
  if (ranks !== 0 || SPECIAL.has(a)) return ranks;
  const aNegative = a.startsWith('-');
  if (aNegative !== b.startsWith('-')) return aNegative ? -1 : 1;
  return aNegative ? compareUnsigned(b.slice(1), a.slice(1)) : compareUnsigned(a, b);
}

function compareUnsigned(a: string, b: string): number {
  const [aWhole = '', aFraction = ''] = a.split('.');
  const [bWhole = '', bFraction = ''] = b.split('.');
  if (aWhole.length !== bWhole.length) return aWhole.length - bWhole.length;
  if (aWhole !== bWhole) return aWhole < bWhole ? -1 : 1;
  if (aFraction === bFraction) return 0;
  return aFraction < bFraction ? -1 : 1;
}
