/**
 * A value as PostgreSQL writes it, for tables and csv. Two things differ: timestamps with time zone are written in UTC,
 * whatever the server's TimeZone is, and large floating-point numbers get exponents later than PostgreSQL's do.
 */
import type { CallOptions } from '@millrace/engine';

/** What the engine shall make of values so that nothing of them is lost. */
export const TEXT_TYPES: NonNullable<CallOptions['types']> = {
  int8: 'string',
  numeric: 'string',
  date: 'string',
  timestamp: 'string',
  timestamptz: 'string',
  interval: 'string',
  json: 'string',
};

/** The text of a value that is not NULL, read with `TEXT_TYPES`. */
export function valueText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return value ? 't' : 'f';
    case 'number':
      return numberText(value);
    case 'object':
      return objectText(value as object);
    default:
      return String(value);
  }
}

/** The shortest digits, with PostgreSQL's `1e-07` for `1e-7`. */
function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** `2001-01-31T10:30:00.500000Z`, as the engine writes it, in the form that PostgreSQL writes: `2001-01-31 10:30:00.5+00`. */
export function timestampText(text: string): string {
  return text.replace(
    /T(\d\d:\d\d:\d\d)\.(\d{6})(Z?)/,
    (_, clock: string, fraction: string, zone: string) => {
      const digits = fraction.replace(/0+$/, '');
      return ` ${clock}${digits && `.${digits}`}${zone && '+00'}`;
    },
  );
}

function objectText(value: object): string {
  if (Array.isArray(value)) return `{${value.map(elementText).join(',')}}`;
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if ('radius' in value && 'x' in value && 'y' in value) {
    return `<(${value.x},${value.y}),${value.radius}>`;
  }
  if ('x' in value && 'y' in value) return `(${value.x},${value.y})`;
  return JSON.stringify(value);
}

/** As `array_out` writes elements: quoted where the text could be read as something else. */
function elementText(element: unknown): string {
  if (element === null) return 'NULL';
  if (Array.isArray(element)) return objectText(element);
  const text = valueText(element);
  const isPlain = /^[^\s{}",\\]+$/.test(text) && !/^null$/i.test(text);
  return isPlain ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
