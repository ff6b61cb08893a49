/** A random schema with its data: two tables sharded alike, one by another column, two replicated ones, and views. */
import type { ConnectOptions } from '@millrace/engine';
import type { Chooser } from './chooser.js';
import { COLUMN_TYPES, type ColumnType, type Family, KEY_TYPES } from './column-types.js';

export interface Column {
  /** As it is written in SQL. */
  readonly name: string;
  readonly family: Family;
  /** The type's name for a cast. */
  readonly cast: string;
}

export interface Table {
  readonly name: string;
  /** Unique in the whole table. */
  readonly id: string;
  readonly columns: readonly Column[];
  /** Undefined for a replicated table. */
  readonly key: readonly Column[] | undefined;
}

export interface GeneratedSchema {
  readonly setup: string;
  readonly options: NonNullable<ConnectOptions['tables']>;
  /** The first two are sharded by the same key. */
  readonly together: readonly [Table, Table];
  /** Sharded by another column. */
  readonly apart: Table;
  readonly replicated: readonly [Table, Table];
  /** Over the first table: filtered rows, and grouped by another column than the key. */
  readonly views: readonly Table[];
}

const TYPES = `
create type mood as enum ('sad', 'ok', 'happy');
create domain score as int check (value >= 0);
create collation german (provider = icu, locale = 'de-DE');
create aggregate product (numeric) (sfunc = numeric_mul, stype = numeric);
`;
/** What every table has, so that every statement finds its columns. */
const ALWAYS = COLUMN_TYPES.filter(({ sql }) =>
  ['int4', 'numeric', 'text', 'float8', 'bool', 'date'].includes(sql),
);

interface Draft extends Table {
  readonly ddl: string;
}

export function generateSchema(choose: Chooser): GeneratedSchema {
  const keyTypes = choose.pick(KEY_TYPES);
  const rows = (): number => choose.pick([0, 30, 60, 60, 90]);
  const first = draftTable(choose, 'first', keyTypes, 30 + rows());
  const second = draftTable(choose, choose.pick(['second', '"Second ""One"""']), keyTypes, rows());
  const apart = draftTable(choose, 'apart', [COLUMN_TYPES[0] as ColumnType], 60);
  const replicated = [
    draftTable(choose, 'small', [], 12),
    draftTable(choose, 'other', [], rows() / 3),
  ] as const;
  const drafts = [first, second, apart, ...replicated];
  const int = first.columns.find(({ family }) => family === 'int') as Column;
  const text = first.columns.find(({ family }) => family === 'text') as Column;
  const views = `create view positive as select * from first where ${int.name} > 0;
    create view totals as select ${text.name} as label, count(*)::int as amount, sum(${int.name})::int as total
      from first group by ${text.name};`;
  return {
    setup: `${TYPES}${drafts.map(({ ddl }) => ddl).join('\n')}${views}analyze;`,
    options: Object.fromEntries(
      drafts.map(({ name, key }) => [
        name,
        key === undefined ? 'replicated' : { key: key.map((column) => column.name) },
      ]),
    ),
    together: [first, second],
    apart,
    replicated,
    views: [{ ...first, name: 'positive', ddl: '' } as Table, totalsView(text)],
  };
}

function totalsView(text: Column): Table {
  const int = (name: string): Column => ({ name, family: 'int', cast: 'int4' });
  return {
    name: 'totals',
    id: 'label',
    columns: [{ ...text, name: 'label' }, int('amount'), int('total')],
    key: undefined,
  };
}

function draftTable(
  choose: Chooser,
  name: string,
  keyTypes: readonly ColumnType[],
  rows: number,
): Draft {
  const more = COLUMN_TYPES.filter((type) => !ALWAYS.includes(type));
  const types = [...keyTypes, ...ALWAYS, ...choose.some(more, 6, more.length)];
  const columns = types.map(({ family, cast }, i) => ({
    name: columnName(i, keyTypes),
    family,
    cast,
  }));
  const definitions = types.map(({ sql }, i) => `${columns[i]?.name} ${sql}`);
  const tuples = Array.from({ length: rows }, (_, row) => {
    const values = types.map((type, i) => valueText(choose, type, i < keyTypes.length));
    return `(${[row + 1, ...values].join(', ')})`;
  });
  const insert = tuples.length === 0 ? '' : `insert into ${name} values ${tuples.join(',\n')};`;
  return {
    name,
    id: 'id',
    columns,
    key: keyTypes.length === 0 ? undefined : columns.slice(0, keyTypes.length),
    ddl: `create table ${name} (id int primary key, ${definitions.join(', ')});\n${insert}\n`,
  };
}

/** Keys have the same names everywhere, so that USING finds them; one column in six wants quotes. */
function columnName(index: number, keyTypes: readonly ColumnType[]): string {
  if (index < keyTypes.length) return `k${index + 1}`;
  return index % 6 === 5 ? `"C ${index}"` : `c${index}`;
}

function valueText(choose: Chooser, type: ColumnType, isKey: boolean): string {
  if (choose.chance(isKey ? 0.04 : 0.15)) return 'null';
  return `'${type.value(choose).replaceAll("'", "''")}'`;
}
