/**
 * Which statements may leave something in their session that another one could see: a setting, a temporary table, an
 * advisory lock, a LISTEN, a prepared statement. After them the session is made new (`PostgresConnection.renew`).
 */

/** Statements that leave nothing by themselves. All others are taken to leave something. */
const CLEAN = /^(?:select|values|table|with|insert|update|delete|merge|show)$/i;
/** Functions of PostgreSQL that do. They may stand in any statement, also in one that only reads. */
const LEAVING =
  /set_config|advisory|setseed|set_limit|dblink|nextval|setval|pg_replication_origin_session|u&"/i;
/** What may stand before a statement's first word. */
const FIRST_WORD = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/|\()*([a-z]+)/i;
/** Without columns these have made a table: `select … into temp`. */
const MAKING = /^(?:select|with)$/i;

/** @param columnCount of the statement's result */
export function mayLeaveTraces(sql: string, columnCount: number): boolean {
  const word = FIRST_WORD.exec(sql)?.[1] ?? '';
  if (!CLEAN.test(word) || LEAVING.test(sql)) return true;
  return columnCount === 0 && MAKING.test(word);
}
