/**
 * Exasol folds names to upper case, PostgreSQL to lower case. A name all in one case is stored in the other case, and read
 * back the same way; a name in mixed case stays. So unquoted names need no change at all, `"USERS"` and `users` are the same
 * table on both sides, and nothing has to know the keywords.
 */
export function swapName(name: string): string {
  const upper = name.toUpperCase();
  const lower = name.toLowerCase();
  // Nor does a name move that would not come back: `ß` is `SS`.
  if (upper === lower || upper.toLowerCase() !== lower) return name;
  if (name === upper) return lower;
  return name === lower ? upper : name;
}

/** A name of Exasol's as a quoted name of PostgreSQL's. */
export const postgresName = (name: string): string => `"${swapName(name).replaceAll('"', '""')}"`;
