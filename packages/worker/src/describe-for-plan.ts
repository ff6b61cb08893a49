/** What a server says of statements, with their types by name: for planning. */
import type { ColumnDescription, PostgresConnection } from '@millrace/postgres';
import { readTexts } from './read-texts.js';

/** A type as SQL names it. */
export interface TypeNames {
  /** Fit for a cast: `integer`, `numeric(10,2)`, `app.mood`. */
  readonly typeName: string;
  /** `typname` of `pg_type`: `int4`, `numeric`, `mood`. */
  readonly internalType: string;
}

export interface NamedDescription {
  readonly columns: readonly (ColumnDescription & TypeNames)[];
  /** Types of the parameters. */
  readonly parameterTypes: readonly string[];
}

/** By OID and modifier. They are remembered for the life of the thread. */
export type KnownTypes = Map<string, TypeNames>;

export async function describeForPlan(
  connection: PostgresConnection,
  statements: readonly string[],
  known: KnownTypes,
): Promise<readonly NamedDescription[]> {
  const descriptions = await connection.describeEach(statements);
  const wanted = descriptions.flatMap(({ columns, parameters }) => [
    ...columns.map(({ dataTypeID, dataTypeModifier }) => [dataTypeID, dataTypeModifier] as const),
    ...parameters.map((oid) => [oid, -1] as const),
  ]);
  await learn(connection, wanted, known);
  const of = (oid: number, modifier: number): TypeNames =>
    known.get(keyOf(oid, modifier)) ?? { typeName: 'text', internalType: 'text' };
  return descriptions.map(({ columns, parameters }) => ({
    columns: columns.map((column) => ({
      ...column,
      ...of(column.dataTypeID, column.dataTypeModifier),
    })),
    parameterTypes: parameters.map((oid) => of(oid, -1).typeName),
  }));
}

async function learn(
  connection: PostgresConnection,
  wanted: readonly (readonly [oid: number, modifier: number])[],
  known: KnownTypes,
): Promise<void> {
  const unknown = wanted.filter(([oid, modifier]) => !known.has(keyOf(oid, modifier)));
  if (unknown.length === 0) return;
  const rows = unknown.map(([oid, modifier]) => `(${oid}::oid, ${modifier})`).join(', ');
  const sql = `SELECT o::text, m::text, pg_catalog.format_type(o, m), t.typname::text FROM (VALUES ${rows}) AS w (o, m) JOIN pg_catalog.pg_type t ON t.oid = o`;
  for (const [oid, modifier, typeName, internalType] of await readTexts(connection, sql)) {
    known.set(`${oid} ${modifier}`, {
      typeName: typeName as string,
      internalType: internalType as string,
    });
  }
}

function keyOf(oid: number, modifier: number): string {
  return `${oid} ${modifier}`;
}
