import type { SqlQuery } from '../dataset/sql-queries.js';
import type { SqlRow } from '../peers/sql-contender.js';

/** Values as text, null for NULL. */
export type TextRow = readonly (string | null)[];

/** How far from each other values may be that are not exact, for their size. */
const tolerance = 1e-9;

/** Rows as texts, in their order or, where they have none, in that of the first column. */
export function textRows(rows: readonly SqlRow[], { ordered }: SqlQuery): TextRow[] {
  const texts = rows.map((row) => row.map(text));
  return ordered ? texts : texts.toSorted((left, right) => Number(left[0]) - Number(right[0]));
}

/** What differs from one database's answer, in words; undefined when nothing does. */
export function rowsDifference(
  expected: readonly TextRow[],
  actual: readonly TextRow[],
  { approximate }: SqlQuery,
): string | undefined {
  if (expected.length !== actual.length) return `${actual.length} rows of ${expected.length}`;
  for (const [index, wanted] of expected.entries()) {
    const row = actual[index] as TextRow;
    const same =
      row.length === wanted.length &&
      wanted.every((value, column) => {
        const found = row[column] ?? null;
        return value === found || (approximate.includes(column) && isClose(value, found));
      });
    if (!same)
      return `row ${index} is (${row.join(', ')}), one database has (${wanted.join(', ')})`;
  }
  return undefined;
}

function text(value: unknown): string | null {
  if (value === null) return null;
  return value instanceof Date ? value.toISOString() : String(value);
}

function isClose(left: string | null, right: string | null): boolean {
  if (left === null || right === null) return false;
  return Math.abs(Number(left) - Number(right)) <= tolerance * Math.abs(Number(left));
}
