import {
  FIRST_USER_OID,
  type PostgresConnection,
  type StatementDescription,
} from '@millrace/postgres';
import { readTexts } from './read-texts.js';

const NONE: ReadonlyMap<number, string> = new Map();

/**
 * Names of the user-defined types among a statement's columns: enums, composites, extensions' types. Known ones are
 * remembered in `known`, for the life of the thread.
 */
export async function userTypeNames(
  connection: PostgresConnection,
  { columns }: StatementDescription,
  known: Map<number, string>,
): Promise<ReadonlyMap<number, string>> {
  const oids = new Set(
    columns.map(({ dataTypeID }) => dataTypeID).filter((oid) => oid >= FIRST_USER_OID),
  );
  if (oids.size === 0) return NONE;
  const unknown = [...oids].filter((oid) => !known.has(oid));
  if (unknown.length > 0) {
    const sql = `SELECT oid::text, format_type(oid, NULL) FROM pg_catalog.pg_type WHERE oid IN (${unknown.join(', ')})`;
    for (const [oid, name] of await readTexts(connection, sql))
      known.set(Number(oid), name as string);
  }
  return new Map([...oids].map((oid) => [oid, known.get(oid) ?? `type ${oid}`]));
}
