/**
 * What a PostgreSQL type becomes in JavaScript. A type that is left out becomes what `pg` makes of it by default; with a
 * choice, the JavaScript type no longer depends on the value.
 */
export interface TypeChoices {
  /** `pg`: string. 'number' throws on an integer that a double does not hold exactly. */
  readonly int8?: 'string' | 'bigint' | 'number';
  /** `pg`: string. 'number' rounds to the nearest double. */
  readonly numeric?: 'string' | 'number';
  /** `pg`: a Date at local midnight, or ±Infinity. 'string': `YYYY-MM-DD`, as PostgreSQL writes it. */
  readonly date?: 'date' | 'string';
  /** `pg`: a Date of the local calendar, or ±Infinity. 'bigint': microseconds since 1970. 'string': ISO 8601, no zone. */
  readonly timestamp?: 'date' | 'string' | 'bigint';
  /** `pg`: a Date, or ±Infinity. 'bigint': microseconds since 1970 UTC. 'string': ISO 8601 in UTC. */
  readonly timestamptz?: 'date' | 'string' | 'bigint';
}

/** The values that each choice may have, for checking what a caller wrote. */
export const TYPE_CHOICES: { readonly [key in keyof Required<TypeChoices>]: readonly string[] } = {
  int8: ['string', 'bigint', 'number'],
  numeric: ['string', 'number'],
  date: ['date', 'string'],
  timestamp: ['date', 'string', 'bigint'],
  timestamptz: ['date', 'string', 'bigint'],
};
