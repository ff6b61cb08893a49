import { ConfigurationError } from '@millrace/engine';

const UNIT_MS: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
};

/**
 * A time in milliseconds, as PostgreSQL reads its own settings of time (documentation, "Setting Parameters"): `1500`,
 * `1500ms`, `1.5s`, `2min`, `1h`.
 *
 * @throws ConfigurationError for what is no positive time
 */
export function readDuration(text: string): number {
  const [, amount = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/.exec(text) ?? [];
  const milliseconds = Number(amount) * (UNIT_MS[unit] ?? Number.NaN);
  if (amount !== '' && milliseconds > 0) return milliseconds;
  throw new ConfigurationError(
    `'${text}' is no time: write 500ms, 30s, 2min or 1h (without a unit: milliseconds)`,
  );
}
