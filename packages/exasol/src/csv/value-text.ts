/** JavaScript values as fields of CSV. */
import { Unwritable } from './column-writers.js';
import { writeAscii } from './number-text.js';
import { quoteText } from './quote.js';

/** Room that a value which is no text needs. */
export const VALUE_BYTES = 64;

/**
 * Writes a value and returns where it ends; nothing for null and undefined.
 *
 * | value | field |
 * | --- | --- |
 * | text | between delimiters; empty text is NULL to Exasol |
 * | number, bigint | its digits |
 * | boolean | `1`, `0`, as EXPORT writes them |
 * | Date | `YYYY-MM-DD HH:MM:SS.fff` of UTC; for a column of type `DATE` the day alone |
 * | Uint8Array | hexadecimal digits, as HASHTYPE takes them |
 *
 * @throws Unwritable for anything else
 */
export function writeValue(
  out: Buffer,
  at: number,
  value: unknown,
  delimiter: number,
  isDate: boolean,
): number {
  switch (typeof value) {
    case 'string':
      return quoteText(out, at, value, delimiter);
    case 'number':
      if (!Number.isFinite(value)) throw new Unwritable(String(value), 'is no number to Exasol');
      return writeAscii(out, at, String(value));
    case 'bigint':
      return writeAscii(out, at, String(value));
    case 'boolean':
      return writeAscii(out, at, value ? '1' : '0');
    case 'undefined':
      return at;
    default:
  }
  if (value === null) return at;
  if (value instanceof Date) return writeAscii(out, at, dateText(value, isDate));
  if (value instanceof Uint8Array)
    return quoteText(out, at, Buffer.from(value).toString('hex'), delimiter);
  throw new Unwritable(describe(value), 'is no value of a column');
}

/** Room for a value. */
export function valueBytes(value: unknown): number {
  if (typeof value === 'string') return value.length * 6 + 2;
  if (typeof value === 'bigint') return String(value).length;
  return value instanceof Uint8Array ? value.length * 2 + 2 : VALUE_BYTES;
}

function dateText(date: Date, isDate: boolean): string {
  const year = Number.isNaN(date.getTime()) ? 0 : date.getUTCFullYear();
  if (year < 1 || year > 9999)
    throw new Unwritable(String(date), "is a date outside of Exasol's years 1 to 9999");
  const text = date.toISOString();
  return isDate ? text.slice(0, 10) : text.replace('T', ' ').slice(0, -1);
}

function describe(value: unknown): string {
  return typeof value === 'object' ? Object.prototype.toString.call(value) : typeof value;
}
