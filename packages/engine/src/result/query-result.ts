import type { ColumnDescription } from '@millrace/postgres';

/** A column of a result, as `pg` describes it. */
export interface FieldDescription extends ColumnDescription {
  /** Always 'text', as in `pg`: values are the same whatever the wire carried. */
  readonly format: 'text';
}

export function fieldsOf(columns: readonly ColumnDescription[]): FieldDescription[] {
  return columns.map((column) => ({ ...column, format: 'text' }));
}

/**
 * Rows, command and row count from the shards' command tags. Counts add up; a command without a count has none. (Tags:
 * CommandComplete in PostgreSQL's protocol documentation.)
 */
export function resultOf<R>(
  rows: R[],
  tags: readonly string[],
): { rows: R[]; command: string; rowCount: number | null } {
  const command = /^[A-Z]+/.exec(tags[0] ?? '')?.[0] ?? '';
  const counts = tags.map((tag) => / (\d+)$/.exec(tag)?.[1]);
  const counted = counts.filter((count) => count !== undefined);
  const rowCount =
    counted.length === 0 ? null : counted.reduce((sum, count) => sum + Number(count), 0);
  return { rows, command, rowCount };
}
