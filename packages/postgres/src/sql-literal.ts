/** JavaScript values as SQL text, for what takes no parameters. (PostgreSQL: "Constants"; psycopg2: "Adaptation".) */
import { encodeParameter } from './values/parameter.js';

/** A text as a literal, whatever `standard_conforming_strings` says. */
export function textLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/**
 * A value as SQL text that means the same to the server as the value sent as a parameter: null, booleans, numbers (`NaN`
 * and infinities as float8), bigint, text, bytes (`bytea`), Dates (`timestamptz`), arrays (`ARRAY[…]`, nested too), and other
 * objects as `jsonb`.
 *
 * @throws TypeError for a value that has no such form
 */
export function sqlLiteral(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return numberLiteral(value);
    case 'bigint':
      return signed(String(value));
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? 'NULL' : objectLiteral(value);
    case 'undefined':
      return 'NULL';
    default:
      return encodedLiteral(value);
  }
}

function numberLiteral(value: number): string {
  if (!Number.isFinite(value)) return `'${value}'::float8`;
  // Minus zero is a number of its own only where it is a float8.
  return Object.is(value, -0) ? "'-0'::float8" : signed(String(value));
}

/** A minus that follows another one would begin a comment. */
function signed(digits: string): string {
  return digits.startsWith('-') ? ` ${digits}` : digits;
}

function objectLiteral(value: object): string {
  if (Array.isArray(value)) return arrayLiteral(value);
  if (ArrayBuffer.isView(value)) return encodedLiteral(value);
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new TypeError('the Date is invalid');
    return `${encodedLiteral(value)}::timestamptz`;
  }
  const isOwnForm = typeof (value as { toPostgres?: unknown }).toPostgres === 'function';
  return isOwnForm ? encodedLiteral(value) : `${encodedLiteral(value)}::jsonb`;
}

function arrayLiteral(values: readonly unknown[]): string {
  // Without an element that has a type the server could not tell the array's.
  if (values.every(isUntyped)) return textLiteral(encodeParameter(values) as string);
  return `ARRAY[${values.map(sqlLiteral).join(', ')}]`;
}

function isUntyped(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.every(isUntyped));
}

function encodedLiteral(value: unknown): string {
  const encoded = encodeParameter(value);
  if (encoded === null) return 'NULL';
  if (typeof encoded === 'string') return textLiteral(encoded);
  return `${textLiteral(`\\x${Buffer.from(encoded).toString('hex')}`)}::bytea`;
}
