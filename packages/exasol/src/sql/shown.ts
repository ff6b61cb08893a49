import { inspect } from 'node:util';

/** A wrong value as an error shows it: on one line, and short. */
export function shown(value: unknown): string {
  const text = inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, compact: true });
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
