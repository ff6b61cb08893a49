/** How the oracle's texts are read: as `pg` reads them, but nothing is lost of those that Millrace can give as texts. */
import type { TypeChoices } from '@millrace/engine';
import pg from 'pg';

/** The choices under which values are compared. */
export const EXACT_TYPES: TypeChoices = {
  int8: 'string',
  numeric: 'string',
  date: 'string',
  timestamp: 'string',
  timestamptz: 'string',
  interval: 'string',
  json: 'string',
};

const TEXTS = new Set([20, 1700, 1082, 1114, 1184, 1186, 114, 3802]);
/** Their arrays: read as `pg` reads text[]. */
const TEXT_ARRAYS = new Set([1016, 1231, 1182, 1115, 1185, 1187, 199, 3807]);
const TEXT_ARRAY = 1009;
const TIMESTAMPS = new Set([1114, 1184, 1115, 1185]);

export function readText(oid: number): (text: string) => unknown {
  if (TEXTS.has(oid)) return (text) => text;
  return pg.types.getTypeParser(TEXT_ARRAYS.has(oid) ? TEXT_ARRAY : oid) as (
    text: string,
  ) => unknown;
}

/** A value in the one form that both sides are compared in. */
export function canonical(value: unknown, oid: number): unknown {
  if (Array.isArray(value)) return value.map((one) => canonical(one, oid));
  if (typeof value === 'string' && TIMESTAMPS.has(oid)) return canonicalTimestamp(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
  return value ?? null;
}

/** ISO 8601 and PostgreSQL's own form differ in a T, in zeros, and in how they say UTC. */
function canonicalTimestamp(text: string): string {
  return text
    .replace('T', ' ')
    .replace(/(\.\d*?)0+(?=\D|$)/, '$1')
    .replace(/\.(?=\D|$)/, '')
    .replace(/Z|\+00(?::00)?/, '');
}
