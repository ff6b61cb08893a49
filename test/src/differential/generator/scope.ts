/** What expressions of a query can use: its columns, its parameters, and what makes its rows unique. */
import type { Chooser } from './chooser.js';
import type { Family } from './column-types.js';
import type { Column, GeneratedSchema, Table } from './schema.js';

/** What holds for a whole statement. */
export interface Writer {
  readonly choose: Chooser;
  readonly schema: GeneratedSchema;
  readonly params: unknown[];
  /** A name that is not taken yet. */
  name(prefix: string): string;
  /** How deep queries stand in queries. */
  readonly depth: number;
}

export interface Scope {
  readonly columns: readonly Column[];
  /** Columns that together are different in every row; empty where there are none. */
  readonly unique: readonly string[];
  /** The shard key's columns, where rows come from a table that has one. */
  readonly key: readonly Column[];
}

/** The columns of a table under an alias. */
export function scopeOf(table: Table, alias: string): Scope {
  const qualify = (column: Column): Column => ({ ...column, name: `${alias}.${column.name}` });
  return {
    columns: table.columns.map(qualify),
    unique: [`${alias}.${table.id}`],
    key: (table.key ?? []).map(qualify),
  };
}

export function columnsOf({ columns }: Scope, ...families: readonly Family[]): Column[] {
  return columns.filter(({ family }) => families.includes(family));
}

/** A column of one of the families; a table has ints, texts, numerics, floats, booleans and dates at least. */
export function anyColumn(
  { choose }: Writer,
  scope: Scope,
  ...families: readonly Family[]
): Column | undefined {
  const columns = columnsOf(scope, ...families);
  return columns.length === 0 ? undefined : choose.pick(columns);
}

/** A literal, or a parameter with that value. */
export function literal({ choose, params }: Writer, value: number | string, cast: string): string {
  if (choose.chance(0.12)) {
    choose.note('parameter');
    params.push(value);
    return `$${params.length}::${cast}`;
  }
  const text = typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
  return typeof value === 'number' && value < 0 ? `(${text})` : text;
}
