import { askJson } from './ask-json.js';
import type { CatalogColumn, CatalogRelation } from './catalog.js';
import { type CheckedShard, type CheckProblem, messageOf } from './check-problem.js';
import { type HashPlaceSql, hashPlaceSql } from './hash-place-sql.js';
import { type KeySample, keyJsonSql, readKeySpread } from './key-spread.js';
import { placementOf } from './placement.js';
import { freeAlias, sqlName } from './qualified-name.js';
import type { Table } from './tables.js';

interface ShardedPlace {
  readonly key: readonly string[];
  readonly table: Table;
}

/**
 * Whether all rows of one key lie on one shard, and where the table's rule says. By 'hash' each shard looks at its own
 * rows, in one scan; for other rules, and types whose hash SQL may not call, the shards' distinct keys are compared.
 */
export async function shardedProblems(
  relation: CatalogRelation,
  { key, table }: ShardedPlace,
  shards: readonly CheckedShard[],
  shardCount: number,
): Promise<CheckProblem[]> {
  const columns = key.flatMap((name) => relation.columns.filter((column) => column.name === name));
  const hash =
    table.by === 'hash' ? hashPlaceSql(freeAlias(relation), columns, shardCount) : undefined;
  try {
    return hash === undefined
      ? await compareKeys(relation, table, columns, shards, shardCount)
      : await checkHashes(relation, table, columns, shards, hash);
  } catch (error) {
    const message = `${sqlName(relation)}: where its keys lie is not known: ${messageOf(error)}`;
    const names = shards.map(({ name }) => name);
    return [{ kind: 'unreadable', table: sqlName(relation), shards: names, message }];
  }
}

async function checkHashes(
  relation: CatalogRelation,
  table: Table,
  columns: readonly CatalogColumn[],
  shards: readonly CheckedShard[],
  { from, shard }: HashPlaceSql,
): Promise<CheckProblem[]> {
  const row = freeAlias(relation);
  const answers = await Promise.all(
    shards.map(async ({ name, index, query }): Promise<[string, KeySample]> => {
      const sql = `with wrong as materialized (
  select distinct ${keyJsonSql(row, columns)} as key from ${sqlName(relation)} ${row}, ${from} where ${shard} <> ${index}
)
select json_build_object('count', count(*),
  'samples', (select coalesce(json_agg(key), '[]') from (select key from wrong order by key limit 3) few))::text
from wrong`;
      return [name, await askJson<KeySample>(query, sql)];
    }),
  );
  return misplacedProblems(sqlName(relation), table, answers);
}

async function compareKeys(
  relation: CatalogRelation,
  table: Table,
  columns: readonly CatalogColumn[],
  shards: readonly CheckedShard[],
  shardCount: number,
): Promise<CheckProblem[]> {
  const { shardOf } = placementOf(table, columns, shardCount);
  // Keys of a collation that has equal texts of different bytes are compared by their hashes, which no rule knows.
  const known = columns.every(({ deterministic }) => deterministic);
  const { shared, misplaced } = await readKeySpread(relation, columns, shards, (key, shard) => {
    const expected = known ? shardOf(key) : undefined;
    return expected === undefined || expected === shard;
  });
  const name = sqlName(relation);
  const problems = misplacedProblems(name, table, [...misplaced]);
  if (shared.count > 0) {
    const message = `${name}: rows of one key lie on several shards (${shared.shards.join(', ')}): ${few(shared)}`;
    problems.push({ kind: 'placement', table: name, shards: shared.shards, message });
  }
  return problems;
}

function misplacedProblems(
  name: string,
  { option }: Table,
  found: readonly (readonly [shard: string, keys: KeySample])[],
): CheckProblem[] {
  return found
    .filter(([, { count }]) => count > 0)
    .map(([shard, keys]) => ({
      kind: 'placement',
      table: name,
      shards: [shard],
      message: `${name}: rows lie on ${shard}, and not where tables.${option}.by places them: ${few(keys)}`,
    }));
}

function few({ count, samples }: KeySample): string {
  const more = count > samples.length ? `, … (${count} in all)` : '';
  return `${count === 1 ? 'key' : 'keys'} ${samples.join(', ')}${more}`;
}
