/** What all programs take: where the database is, and what is the program's own, each with a default. */
import { parseArgs } from 'node:util';

/** Values for `connectExasol`. */
export interface Login {
  readonly dsn: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Reads `--dsn`, `--user`, `--password` (or EXASOL_DSN, EXASOL_USER, EXASOL_PASSWORD) and the program's own options.
 * @param defaults the program's options by name, with what they are when they are not given
 * @throws TypeError for an option that there is not; Error when it is not said where the database is
 */
export function readArguments<Name extends string>(
  defaults: Readonly<Record<Name, string>>,
): { readonly login: Login } & Readonly<Record<Name, string>> {
  const { EXASOL_DSN, EXASOL_USER = 'sys', EXASOL_PASSWORD } = process.env;
  const logins = { dsn: EXASOL_DSN, user: EXASOL_USER, password: EXASOL_PASSWORD };
  const all: Readonly<Record<string, string | undefined>> = { ...logins, ...defaults };
  const { values } = parseArgs({
    options: Object.fromEntries(
      Object.keys(all).map((name) => [name, { type: 'string' as const }]),
    ),
  });
  const { dsn, user, password, ...own } = { ...all, ...values } as Record<string, string>;
  if (!dsn || !user || !password) {
    throw new Error('--dsn and --password are needed, or EXASOL_DSN and EXASOL_PASSWORD');
  }
  return { login: { dsn, user, password }, ...(own as Readonly<Record<Name, string>>) };
}
