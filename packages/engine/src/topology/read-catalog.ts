/**
 * What the planner must know of a database: relations, columns, types, collations and functions, read from one shard.
 *
 * Two queries at most, each of one row. What PostgreSQL itself brings along (objects with an OID below 16384,
 * `FirstNormalObjectId` in src/include/access/transam.h) is the same in every database of one server version: it is read
 * once a build and process. A catalog is a picture of one moment; read another one when tables may have changed.
 */
import { askJson, type CatalogQuery } from './ask-json.js';
import type { Catalog, CatalogRelation } from './catalog.js';
import { readFunctions } from './catalog-functions.js';
import { builtinsSql, type CatalogAnswer, type StateAnswer, stateSql } from './catalog-queries.js';
import { isByteOrder, readRelations } from './catalog-relations.js';

/** A catalog that also lists what is in it. */
export interface ListedCatalog extends Catalog {
  /** Relations that users made, by their OIDs. */
  readonly userRelations: readonly CatalogRelation[];
}

/** By build: its builtins are always the same. */
const builtinsByBuild = new Map<string, CatalogAnswer>();

/**
 * Reads the catalog of the database that `query` asks. Needs PostgreSQL 13 or later, and no rights but to connect.
 *
 * @throws what `query` throws
 */
export async function readCatalog(query: CatalogQuery): Promise<ListedCatalog> {
  const { database, version, build, searchPath, objects } = await askJson<StateAnswer>(
    query,
    stateSql,
  );
  let builtins = builtinsByBuild.get(build);
  if (builtins === undefined) {
    builtins = await askJson<CatalogAnswer>(query, builtinsSql);
    builtinsByBuild.set(build, builtins);
  }
  const userRelations = readRelations(objects, database);
  const systemRelations = readRelations(builtins, database);
  const functions = readFunctions([...builtins.functions, ...objects.functions]);
  const path = searchPath.filter((schema) => !schema.startsWith('pg_temp_'));
  const relation = (schema: string, name: string): CatalogRelation | undefined =>
    userRelations.get(schema)?.get(name) ?? systemRelations.get(schema)?.get(name);
  return {
    userRelations: [...userRelations.values()]
      .flatMap((names) => [...names.values()])
      .sort((a, b) => a.oid - b.oid),
    searchPath: path,
    defaultCollationByteOrder: isByteOrder(database),
    serverVersion: version,
    relation: (schema, name) => {
      if (schema !== undefined) return relation(schema, name);
      const found = path.find((each) => relation(each, name) !== undefined);
      return found === undefined ? undefined : relation(found, name);
    },
    function: (schema, name) => functions(schema === undefined ? path : [schema], name),
  };
}
