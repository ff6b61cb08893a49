/** What the caller said of the tables, bound to the relations that there are. */
import { ConfigurationError } from '../errors.js';
import type { Catalog, CatalogRelation } from './catalog.js';
import { columnNames } from './qualified-name.js';
import type { Table } from './tables.js';

/** What a relation is. `key`: names of its columns as the catalog has them. */
export type RelationPlace =
  | { readonly kind: 'sharded'; readonly key: readonly string[]; readonly table: Table }
  | { readonly kind: 'replicated' }
  | { readonly kind: 'system' }
  | { readonly kind: 'unlisted' };

/** An entry of `tables` that does not fit the database. */
export interface TableProblem {
  /** The entry's name. */
  readonly table: string;
  readonly column: string | undefined;
  readonly message: string;
}

export interface TableMap {
  /**
   * What a relation is; a partition is what its table is unless it has an entry of its own. A relation without an entry is
   * unlisted, or replicated where `unlisted` says so.
   *
   * @throws ConfigurationError when its entry names a key column that it has not, or two entries name it
   */
  resolve(relation: CatalogRelation): RelationPlace;
  /** Everything in `tables` that does not fit: tables and key columns that do not exist. */
  check(): TableProblem[];
}

/** Views are what their definitions read: give their relations to `resolve`, not the views. */
export function bindTables(
  tables: readonly Table[],
  catalog: Catalog,
  unlisted: 'refuse' | 'replicated',
): TableMap {
  const entries = new Map<number, Table[]>();
  const missing: Table[] = [];
  for (const table of tables) {
    const relation = findRelation(table, catalog);
    if (relation === undefined) missing.push(table);
    else entries.set(relation.oid, [...(entries.get(relation.oid) ?? []), table]);
  }
  const ofOthers: RelationPlace = { kind: unlisted === 'refuse' ? 'unlisted' : 'replicated' };

  const entryOf = (relation: CatalogRelation): Table | undefined => {
    const [first, second] = entries.get(relation.oid) ?? [];
    if (first !== undefined && second !== undefined) {
      throw new ConfigurationError(sameTable(first, second));
    }
    if (first !== undefined || relation.partitionOf === undefined) return first;
    const { schema, name } = relation.partitionOf;
    const parent = catalog.relation(schema, name);
    return parent && entryOf(parent);
  };

  return {
    resolve: (relation) => {
      if (relation.isSystem) return { kind: 'system' };
      const table = entryOf(relation);
      if (table === undefined) return ofOthers;
      if (table.key === undefined) return { kind: 'replicated' };
      const key = table.key.map((column) => {
        const name = findColumn(column, relation);
        if (name === undefined) throw new ConfigurationError(noColumn(table, column, relation));
        return name;
      });
      return { kind: 'sharded', key, table };
    },
    check: () => [
      ...missing.map((table) => ({
        table: table.option,
        column: undefined,
        message: noTable(table, catalog),
      })),
      ...[...entries.values()].flatMap(([first, ...others]) =>
        others.map((other) => ({
          table: other.option,
          column: undefined,
          message: sameTable(first!, other),
        })),
      ),
      ...tables.flatMap((table) => keyProblems(table, findRelation(table, catalog))),
    ],
  };
}

/** As SQL reads the name; else, for who is used to other ways, exactly as it is written. */
function findRelation(
  { schema, name, option }: Table,
  catalog: Catalog,
): CatalogRelation | undefined {
  const found = catalog.relation(schema, name);
  if (found !== undefined || option.includes('"')) return found;
  const [first = '', second] = option.split('.');
  return second === undefined
    ? catalog.relation(undefined, first)
    : catalog.relation(first, second);
}

function findColumn(column: string, { columns }: CatalogRelation): string | undefined {
  return columnNames(column).find((name) => columns.some((each) => each.name === name));
}

function keyProblems(table: Table, relation: CatalogRelation | undefined): TableProblem[] {
  if (relation === undefined) return [];
  return (table.key ?? [])
    .filter((column) => findColumn(column, relation) === undefined)
    .map((column) => ({
      table: table.option,
      column,
      message: noColumn(table, column, relation),
    }));
}

function sameTable(one: Table, other: Table): string {
  return `tables: '${one.option}' and '${other.option}' are the same table`;
}

function noTable({ option, schema }: Table, { searchPath }: Catalog): string {
  const where =
    schema === undefined
      ? `in the search path (${searchPath.filter((each) => each !== 'pg_catalog').join(', ')})`
      : `in the schema '${schema}'`;
  return `tables.${option}: there is no such table ${where}`;
}

function noColumn({ option }: Table, column: string, { columns }: CatalogRelation): string {
  const names = columns.map(({ name }) => name).join(', ');
  return `tables.${option}.key: there is no column '${column}'. There are: ${names}`;
}
