import { createRequire } from 'node:module';
import type { WireParameter } from '../wire/messages-out.js';

/** `pg`'s own conversion of parameters, which is not part of its types. */
const { prepareValue } = createRequire(import.meta.url)('pg/lib/utils') as {
  prepareValue(value: unknown): Buffer | string | null;
};

/**
 * A JavaScript value as a statement's parameter, converted as `pg` does: null and undefined are NULL, bytes are bytea,
 * Dates are written with their zone, arrays become array literals, other objects JSON, all else its text.
 *
 * @throws TypeError for a value that has no such form
 */
export function encodeParameter(value: unknown): WireParameter {
  if (typeof value === 'function' || typeof value === 'symbol')
    throw new TypeError(`a ${typeof value} has no SQL value`);
  const prepared = prepareValue(value);
  // JSON.stringify gives undefined for what JSON has no form for.
  if (prepared === undefined) throw new TypeError('the value has no JSON form');
  if (typeof prepared === 'string' && prepared.includes('\0')) {
    throw new TypeError('the text contains a zero character, which PostgreSQL has no room for');
  }
  return prepared;
}
