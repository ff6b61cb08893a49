/**
 * A server, too, is slow with what a session names for the first time: it reads tables, types, operators and aggregates from its
 * catalogs. Described once with all that statements usually say of a table, it has them at hand.
 */
import type { CatalogColumn, CatalogRelation } from './topology/catalog.js';
import { quoteName, sqlName } from './topology/qualified-name.js';

/** More columns than this are not looked at. */
const MOST_COLUMNS = 32;

const INTEGERS = new Set(['int2', 'int4', 'int8']);
/** Types that have `sum` and `avg`. */
const NUMBERS = new Set([...INTEGERS, 'numeric', 'float4', 'float8']);
/** Types that have an order, `min` and `max`. */
const ORDERED = new Set([
  ...NUMBERS,
  ...['text', 'varchar', 'bpchar', 'date', 'time', 'timestamp', 'timestamptz'],
]);

/** A statement to be described, never run: aggregates, comparisons and an order of each kind of columns that a table has. */
export function rehearsalSql(relation: CatalogRelation): string {
  const columns = relation.columns
    .slice(0, MOST_COLUMNS)
    .filter(({ internalType }) => ORDERED.has(internalType))
    .filter(isFirstOfItsType);
  const names = columns.map(nameOf);
  const targets = [...names, 'count(*)', ...columns.flatMap(aggregatesOf)];
  const groups = names.length > 0 ? `GROUP BY ${names.join(', ')} ` : '';
  const conditions = ['true', ...columns.flatMap(conditionsOf)].join(' AND ');
  return `SELECT ${targets.join(', ')} FROM ${sqlName(relation)} WHERE ${conditions} ${groups}ORDER BY count(*) DESC LIMIT 1`;
}

function isFirstOfItsType(
  { typeName }: CatalogColumn,
  index: number,
  columns: readonly CatalogColumn[],
): boolean {
  return columns.findIndex((other) => other.typeName === typeName) === index;
}

function aggregatesOf(column: CatalogColumn): string[] {
  const name = nameOf(column);
  const functions = NUMBERS.has(column.internalType)
    ? ['min', 'max', 'count', 'sum', 'avg']
    : ['min', 'max', 'count'];
  return functions.map((call) => `${call}(${name})`);
}

/** A number is compared with numbers of its own type, and with those that stand in the statement. */
function conditionsOf(column: CatalogColumn): string[] {
  const name = nameOf(column);
  const values = NUMBERS.has(column.internalType) ? ['NULL', '1'] : ['NULL'];
  return values.flatMap((value) =>
    ['=', '<>', '<', '<=', '>', '>='].map((operator) => `${name} ${operator} ${value}`),
  );
}

function nameOf({ name }: CatalogColumn): string {
  return quoteName(name);
}
