/** What the planner knows of a database: a picture of one moment. `readCatalog` takes it. */

export interface CatalogColumn {
  readonly name: string;
  /** As the column is declared: a domain's own number. */
  readonly typeOid: number;
  /** The declared type with its modifier, qualified, fit for a cast: `numeric(10,2)`, `public.mood`. */
  readonly typeName: string;
  /** `typname` in `pg_type`, domains resolved: `int4`, `text`, `_int4`; an enum's or a composite's own name. */
  readonly internalType: string;
  /** Of the resolved type, as a result's description shows it; −1 for none. */
  readonly typeModifier: number;
  /** Quoted and qualified, fit for COLLATE; undefined for the default collation and where there is none. */
  readonly collation: string | undefined;
  /**
   * Values compare as the bytes of their UTF-8 text do: the collation is C, POSIX, ucs_basic or one of the builtin
   * provider, by itself or as the database's default. True where there is no collation.
   */
  readonly byteOrder: boolean;
  readonly deterministic: boolean;
  /** No row holds NULL; a NOT NULL that was not validated does not count. */
  readonly notNull: boolean;
  readonly generated: boolean;
}

export interface CatalogRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind:
    | 'table'
    | 'view'
    | 'materialized view'
    | 'foreign table'
    | 'partitioned table'
    | 'sequence';
  readonly columns: readonly CatalogColumn[];
  /** Undefined also for a deferrable one: a statement may see it violated. */
  readonly primaryKey: readonly string[] | undefined;
  /** Of views that are not the system's: the query, which means the same under any search_path. */
  readonly definition: string | undefined;
  /** In `pg_catalog` or `information_schema`. */
  readonly isSystem: boolean;
  /** `reltuples`; of a partitioned table its partitions' sum where it has none itself. −1: never counted. */
  readonly estimatedRows: number;
  /** The partitioned table whose partition this is. */
  readonly partitionOf?: { readonly schema: string; readonly name: string } | undefined;
}

/** All functions that one name may call, together. Procedures are not among them. */
export interface CatalogFunction {
  /** The worst of all. */
  readonly volatility: 'immutable' | 'stable' | 'volatile';
  /** Some of them is. */
  readonly isAggregate: boolean;
  /** Some of them is a window function by itself, as `rank`. */
  readonly isWindow: boolean;
  /** Some of them does. */
  readonly returnsSet: boolean;
  /** All of them are. */
  readonly strict: boolean;
  /** Some of them did not come with PostgreSQL. */
  readonly userDefined: boolean;
}

export interface Catalog {
  /** Schemas that exist, in the order in which names are looked up; `pg_catalog` is one, `pg_temp` is none. */
  readonly searchPath: readonly string[];
  /** See `CatalogColumn.byteOrder`. */
  readonly defaultCollationByteOrder: boolean;
  /** `server_version_num`: 180004 is 18.4. */
  readonly serverVersion: number;
  /** Without a schema: the first in the search path. Temporary relations are not known. */
  relation(schema: string | undefined, name: string): CatalogRelation | undefined;
  /** Without a schema: those of all schemas in the search path, which PostgreSQL chooses from by the arguments. */
  function(schema: string | undefined, name: string): CatalogFunction | undefined;
}
