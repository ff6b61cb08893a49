/**
 * Plans before there is anything to plan. JavaScript that has never run, the grammar (WebAssembly) and the deparser make a first
 * statement slow by some twenty milliseconds; connecting leaves the caller's thread idle for longer than that.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Description } from './plan/plan-context.js';
import { planStatement } from './plan/plan-statement.js';
import { splitOfTable } from './plan/table-split.js';
import { parseSelect } from './sql/build.js';
import { loadGrammar } from './sql/parse.js';
import type { Catalog, CatalogColumn, CatalogRelation } from './topology/catalog.js';
import { bindTables } from './topology/table-map.js';
import { readTables } from './topology/tables.js';

/** What people ask. V8 compiles a function when it is first called, and gets faster with the next calls: hence twice. */
const STATEMENTS: readonly string[] = [
  'SELECT b, count(*) AS n, avg(c) AS m FROM t WHERE a BETWEEN 1 AND 9 AND d < 5 GROUP BY b HAVING count(*) > 1 ORDER BY n DESC, b LIMIT 3',
  "SELECT u.b, sum(t.c::numeric), max(t.d) FROM t JOIN u USING (d) WHERE t.b = 'x' OR t.a IN (1, 2) GROUP BY 1 ORDER BY 2 DESC LIMIT 3",
];
const TIMES = 2;

/** Plans statements over tables that do not exist, a turn of the event loop each. Asks nobody. */
export async function rehearsePlanning(): Promise<void> {
  await loadGrammar();
  for (let time = 0; time < TIMES; time++) {
    for (const sql of STATEMENTS) {
      await nextTurn();
      await rehearse(sql);
    }
  }
}

async function rehearse(sql: string): Promise<void> {
  const shardCount = 2;
  const tables = readTables({ t: { key: 'a', by: 'hash' }, u: 'replicated' }, shardCount);
  await planStatement({
    sql,
    shardCount,
    catalog,
    tables: bindTables(tables, catalog, 'refuse'),
    parameterCount: 0,
    describe,
    statistics: async () => new Map(),
    estimateRows: async () => 0,
    topK: 'never',
    maxStagedRows: 0,
    split: splitOfTable([], shardCount, []),
  });
}

/** A server's part: all columns are numbers. */
async function describe(statements: readonly string[]): Promise<readonly Description[]> {
  const type = { typeName: 'numeric', internalType: 'numeric', isText: true };
  return statements.map((sql) => {
    const { targetList = [] } = parseSelect(sql);
    return { parameterTypes: [], columns: targetList.map((_, i) => ({ ...type, name: `c${i}` })) };
  });
}

function column(name: string, internalType: string): CatalogColumn {
  return {
    name,
    internalType,
    typeName: internalType,
    typeOid: 0,
    typeModifier: -1,
    collation: undefined,
    byteOrder: true,
    deterministic: true,
    notNull: false,
    generated: false,
  };
}

function relation(name: string, oid: number): CatalogRelation {
  return {
    name,
    oid,
    schema: 'public',
    kind: 'table',
    columns: [
      column('a', 'int8'),
      column('b', 'text'),
      column('c', 'numeric'),
      column('d', 'int4'),
    ],
    primaryKey: undefined,
    definition: undefined,
    isSystem: false,
    estimatedRows: -1,
  };
}

const relations = new Map([relation('t', 1), relation('u', 2)].map((each) => [each.name, each]));

const catalog: Catalog = {
  searchPath: ['public'],
  defaultCollationByteOrder: true,
  serverVersion: 0,
  relation: (_schema, name) => relations.get(name),
  function: (_schema, name) => ({
    volatility: 'immutable',
    isAggregate: /^(count|sum|avg|max)$/.test(name),
    isWindow: false,
    returnsSet: false,
    strict: false,
    userDefined: false,
  }),
};
