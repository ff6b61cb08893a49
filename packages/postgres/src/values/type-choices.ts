/**
 * What a PostgreSQL type, and an array of it, becomes in JavaScript. A type that is left out becomes what `pg` makes of it
 * by default. Every choice but 'date', which is `pg`'s own value, gives one JavaScript type, whatever the value.
 */
export interface TypeChoices {
  /** `pg`: string. 'number' throws on an integer that a double does not hold exactly. */
  readonly int8?: 'string' | 'bigint' | 'number';
  /** `pg`: string; an array: numbers. 'number' rounds to the nearest double. */
  readonly numeric?: 'string' | 'number';
  /** `pg`: a Date at local midnight, or ±Infinity. 'string': `YYYY-MM-DD`, as PostgreSQL writes it. */
  readonly date?: 'date' | 'string';
  /** `pg`: a Date of the local calendar, or ±Infinity. 'bigint': microseconds since 1970. 'string': ISO 8601, no zone. */
  readonly timestamp?: 'date' | 'string' | 'bigint';
  /** `pg`: a Date, or ±Infinity. 'bigint': microseconds since 1970 UTC. 'string': ISO 8601 in UTC. */
  readonly timestamptz?: 'date' | 'string' | 'bigint';
  /** `pg`: an object of years, months, days and so on. 'string': as PostgreSQL writes it, `1 mon -2 days +03:04:05.5`. */
  readonly interval?: 'object' | 'string';
  /** json and jsonb. `pg`: the value, parsed. 'string': the text, every digit and (json) space of it. */
  readonly json?: 'value' | 'string';
}

/** The values that each choice may have, for checking what a caller wrote. */
export const TYPE_CHOICES: { readonly [key in keyof Required<TypeChoices>]: readonly string[] } = {
  int8: ['string', 'bigint', 'number'],
  numeric: ['string', 'number'],
  date: ['date', 'string'],
  timestamp: ['date', 'string', 'bigint'],
  timestamptz: ['date', 'string', 'bigint'],
  interval: ['object', 'string'],
  json: ['value', 'string'],
};
