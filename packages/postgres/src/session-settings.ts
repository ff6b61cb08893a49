/**
 * Settings of a session that decide what a statement means and what text a value has. Each connection sets them in the one
 * command that opens its session, so neither `ALTER ROLE … SET` nor `ALTER DATABASE … SET`, nor `PGOPTIONS` change an answer.
 */

import { StatementError } from './errors.js';
import { textLiteral } from './sql-literal.js';

/** The decoders read values in these forms: no session may have others. */
const READ_BY_US: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
};

/** PostgreSQL's own defaults, on every shard whatever its configuration says; `session` may say otherwise. */
const FIXED: Readonly<Record<string, string>> = {
  extra_float_digits: '1',
  search_path: '"$user", public',
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  array_nulls: 'on',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  xmlbinary: 'base64',
  xmloption: 'content',
  timezone_abbreviations: 'Default',
  gin_fuzzy_search_limit: '0',
};

/** No value of these is right everywhere: the servers' own are kept, and those of the first shard hold on all. */
const TIED = [
  'TimeZone',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'default_text_search_config',
] as const;

/** Names of settings that a session may not choose, in lower case. */
export const RESERVED_SETTINGS: ReadonlySet<string> = new Set(
  Object.keys(READ_BY_US).map((name) => name.toLowerCase()),
);

/** What of a setting's value decides how texts look: of DateStyle not the order in which days and months are read. */
const outputForm = (value: string): string => value.split(',')[0] as string;

/** Whether a session in which the server reports this setting writes values in another form than the decoders read. */
export function isMisread(name: string, value: string): boolean {
  const ours = READ_BY_US[name];
  return ours !== undefined && outputForm(ours) !== outputForm(value);
}

export interface SessionRequest {
  /** Settings asked for, by their names in PostgreSQL. */
  readonly session: Readonly<Record<string, string>>;
  /** Settings that the URL's `options` give: they are the caller's, too. */
  readonly byUrl: ReadonlySet<string>;
}

/** One statement that sets a session up and answers with the values of the tied settings, in a row. */
export function sessionCommand(
  { session, byUrl }: SessionRequest,
  tied: readonly string[] = [],
): string {
  const fixed = Object.entries(FIXED).filter(([name]) => !byUrl.has(name.toLowerCase()));
  const settings = [
    ...fixed,
    ...Object.entries(session),
    ...Object.entries(READ_BY_US),
    ...tied.map((value, i) => [TIED[i] as string, value] as const),
  ];
  const parts = [
    ...settings.map(
      ([name, value]) => `set_config(${textLiteral(name)}, ${textLiteral(value)}, false)`,
    ),
    ...TIED.map((name) => `current_setting(${textLiteral(name)})`),
  ];
  // Qualified: the session's search_path is not yet ours.
  return `SELECT ${parts.map((part) => `pg_catalog.${part}`).join(', ')}`;
}

/** The tied settings' values in the answer to a session's command. */
export function tiedValues(row: readonly (string | null)[]): readonly string[] {
  return row.slice(row.length - TIED.length).map((value) => value ?? '');
}

/** Names of the settings in a URL's `options`, in lower case: `-c name=value`, `-cname=value`, `--name=value`. */
export function settingsInOptions(options: string | undefined): ReadonlySet<string> {
  const names = (options ?? '').matchAll(/(?:^|\s)(?:-c\s*|--)([\w.-]+)\s*=/g);
  return new Set([...names].map(([, name]) => (name as string).toLowerCase().replaceAll('-', '_')));
}

/** Rows would come in a form that is read as something else: a date of the fourth of March as one of April. */
export function misreadError(settings: ReadonlySet<string>): StatementError {
  const names = [...settings].join(' and ');
  return new StatementError(
    `This session's ${names} was set to a form in which values cannot be read: reset it, and format values by to_char`,
    'MILLRACE_SETTING',
  );
}
