/**
 * psycopg's placeholders, as PostgreSQL's: `%s` and `%(name)s` become `$1`, `$2`, …; values go beside the text, never into
 * it. Without arguments nothing is touched. With them `%%` is a percent sign, everywhere in the text, as in psycopg
 * ("Passing parameters to SQL queries"). A text with `$1` in it is PostgreSQL's own: there percent signs are left alone.
 *
 * - A placeholder in a comment takes its value, as in psycopg; the value is not sent.
 * - A placeholder in quotes is refused: psycopg2 would put a quoted value between the quotes.
 * - An array after IN is psycopg2's tuple: `in %s` becomes `in ($1, $2)`. Elsewhere it is an array: `= any(%s)`.
 */
import { SqlError } from '../errors.js';
import { type SqlSegment, sqlSegments } from './sql-segments.js';

/** Values of `%s` or `$1` in their order, or of `%(name)s` by name. */
export type StatementArguments = readonly unknown[] | Readonly<Record<string, unknown>>;

export interface BoundStatement {
  /** With `$1`, `$2`, … for the values. */
  readonly sql: string;
  readonly values: readonly unknown[];
}

const PLACEHOLDER = /%(?:%|s|\(([^)]*)\)s)?/g;
const NUMBERED = /(?<![\w$\u0080-\uffff])\$(\d+)/g;
const AFTER_IN = /\bin\s*$/i;

/**
 * A statement as PostgreSQL takes it.
 *
 * @throws SqlError saying which placeholder or value is wrong, and where
 */
export function bindPlaceholders(sql: string, args?: StatementArguments | null): BoundStatement {
  const values: unknown[] = [];
  const numbers = new Map<string, number>();
  const add = (value: unknown): string => `$${values.push(value)}`;
  const text = replacePlaceholders(sql, args, (value, { name }) => {
    if (name === undefined) return add(value);
    // A name is one parameter however often it comes: `select f(%(a)s) … group by f(%(a)s)` needs that.
    const known = numbers.get(name);
    if (known !== undefined) return `$${known}`;
    numbers.set(name, values.length + 1);
    return add(value);
  });
  if (text === undefined) return { sql, values: Array.isArray(args) ? args : [] };
  return { sql: text, values };
}

/**
 * A statement with its values written into it.
 *
 * @param literal a value as SQL text
 */
export function writeValues(
  sql: string,
  args: StatementArguments | null | undefined,
  literal: (value: unknown) => string,
): string {
  const text = replacePlaceholders(sql, args, (value) => literal(value));
  if (text !== undefined || !Array.isArray(args)) return text ?? sql;
  return sqlSegments(sql)
    .map(({ kind, text: part, at }) =>
      kind !== 'code'
        ? part
        : part.replaceAll(NUMBERED, (found, number: string, offset: number) => {
            const index = Number(number) - 1;
            if (index >= 0 && index < args.length) return literal(args[index]);
            throw wrong(
              `${found} has no value: ${countOf(args.length, 'value')} given`,
              at + offset,
            );
          }),
    )
    .join('');
}

interface Placeholder {
  /** Undefined for `%s`. */
  readonly name: string | undefined;
}

/** The text with its placeholders replaced; undefined where there is nothing to replace: no arguments, or `$1`. */
function replacePlaceholders(
  sql: string,
  args: StatementArguments | null | undefined,
  write: (value: unknown, placeholder: Placeholder) => string,
): string | undefined {
  if (args === undefined || args === null) return undefined;
  const segments = sqlSegments(sql);
  const isNumbered = segments.some(
    ({ kind, text }) => kind === 'code' && text.search(NUMBERED) >= 0,
  );
  if (isNumbered) {
    refuseMixture(segments, args);
    return undefined;
  }
  const values = new ArgumentReader(args);
  const replaced = segments.map(({ kind, text, at }) =>
    text.replaceAll(PLACEHOLDER, (found, name: string | undefined, offset: number) => {
      if (found === '%%') return '%';
      if (found === '%') throw unknownFormat(text, offset, at + offset);
      const value = values.next(name, at + offset);
      if (kind === 'comment') return found;
      if (kind === 'quoted') throw inQuotes(found, at + offset);
      if (!Array.isArray(value) || !AFTER_IN.test(text.slice(0, offset)))
        return write(value, { name });
      if (value.length === 0)
        throw wrong(`${found} after IN has an empty list, which SQL has no form for`, at + offset);
      return `(${value.map((item) => write(item, { name: undefined })).join(', ')})`;
    }),
  );
  values.finish();
  return replaced.join('');
}

/** Gives each placeholder its value, and knows when they do not fit. */
class ArgumentReader {
  readonly #args: StatementArguments;
  #taken = 0;

  constructor(args: StatementArguments) {
    if (typeof args !== 'object') {
      throw wrong(
        `the arguments of a statement are a list or an object of names: [${String(args)}]`,
      );
    }
    this.#args = args;
  }

  next(name: string | undefined, at: number): unknown {
    const args = this.#args;
    const index = this.#taken++;
    if (name === undefined) {
      if (!Array.isArray(args))
        throw wrong('%s takes its value from a list, and an object was given: use %(name)s', at);
      // How many are missing is known at the end.
      return args[index];
    }
    if (Array.isArray(args))
      throw wrong(`%(${name})s takes its value from an object, and a list was given`, at);
    if (Object.hasOwn(args, name)) return (args as Readonly<Record<string, unknown>>)[name];
    const names = Object.keys(args).join(', ');
    throw wrong(
      `%(${name})s has no value: the arguments have ${names === '' ? 'none' : names}`,
      at,
    );
  }

  finish(): void {
    const args = this.#args;
    if (!Array.isArray(args) || args.length === this.#taken) return;
    throw wrong(
      `the statement has ${countOf(this.#taken, 'placeholder')} (%s), ${countOf(args.length, 'value')} given`,
    );
  }
}

function refuseMixture(segments: readonly SqlSegment[], args: StatementArguments): void {
  if (!Array.isArray(args)) throw wrong('$1 takes its value from a list, and an object was given');
  for (const { kind, text, at } of segments) {
    const offset = kind === 'code' ? text.search(/%(s\b|\([^)]*\)s)/) : -1;
    if (offset >= 0) throw wrong('the statement mixes $1 and %s: use one of them', at + offset);
  }
}

function unknownFormat(text: string, offset: number, at: number): SqlError {
  const found = JSON.stringify(text.slice(offset, offset + 2));
  return wrong(
    `${found} is no placeholder: there are %s and %(name)s, and %% for a percent sign`,
    at,
  );
}

function inQuotes(found: string, at: number): SqlError {
  const hint = "leave the quotes out, the value needs none (for a part of a text: 'a' || %s)";
  return wrong(`${found} is inside quotes: ${hint}`, at);
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** @param at 0-based index into the text */
function wrong(message: string, at?: number): SqlError {
  const place = at === undefined ? '' : ` (at character ${at + 1})`;
  const position = at === undefined ? {} : { position: String(at + 1) };
  return new SqlError({
    message: `Wrong arguments: ${message}${place}`,
    code: 'MILLRACE_PARAMETER',
    ...position,
  });
}
