/**
 * A sum over rows that does not depend on their order, nor on how a value is written: what came back, or went in, can be compared
 * with the block by it. Each row counts as a whole, so a value in the wrong row is found.
 */

/** Columns of numbers with a fraction, and of booleans, which have more than one way to be written. */
const NUMBERS = new Set([5, 6]);
const BOOLEAN = 4;
const TIMESTAMP = 3;

/** FNV-1a of a row's values, in 32 bits. */
export function sumOfRow(fields: readonly string[]): number {
  const text = fields.map(plainValue).join('\u0001');
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

function plainValue(field: string, column: number): string {
  if (field === '') return '';
  if (NUMBERS.has(column)) return String(Number(field));
  if (column === BOOLEAN) return /^(?:1|true)$/i.test(field) ? '1' : '0';
  // All six digits of a second's fraction, of which a writer may leave zeros out.
  return column === TIMESTAMP
    ? field.replace(/\.(\d+)$/, (_, digits: string) => `.${digits.padEnd(6, '0')}`)
    : field;
}
