/** Who takes part in the SQL case, in the order of every table. */
export interface SqlContenderEntry {
  readonly name: 'floor' | 'millrace' | 'pg-merge' | 'postgres_fdw' | 'single';
  /** The module that exports it as `contender`. */
  readonly module: string;
}

const entry = (name: SqlContenderEntry['name'], module: string): SqlContenderEntry => ({
  name,
  module: new URL(module, import.meta.url).href,
});

/** All contenders. */
export const sqlContenders: readonly SqlContenderEntry[] = [
  entry('floor', '../peers/sql-floor.js'),
  entry('millrace', '../ours/sql.js'),
  entry('pg-merge', '../peers/pg-merge.js'),
  entry('postgres_fdw', '../peers/sql-fdw.js'),
  entry('single', '../peers/sql-single.js'),
];
