import type { CatalogRelation } from './catalog.js';
import { type CheckedShard, type CheckProblem, difference, messageOf } from './check-problem.js';
import { freeAlias, sqlName } from './qualified-name.js';

/**
 * Whether a replicated table has the same rows everywhere: as many, and of the same sum of 64-bit hashes, in any order.
 */
export async function replicatedProblems(
  relation: CatalogRelation,
  shards: readonly CheckedShard[],
): Promise<CheckProblem[]> {
  if (shards.length < 2) return [];
  const table = sqlName(relation);
  const row = freeAlias(relation);
  const sql = `select count(*)::text,
    coalesce(sum(pg_catalog.hashtextextended(${row}::text collate "C", 0)::numeric), 0)::text from ${table} ${row}`;
  const problems: CheckProblem[] = [];
  const read: { name: string; rows: string; sum: string }[] = [];
  await Promise.all(
    shards.map(async ({ name, query }) => {
      try {
        const [answer] = await query(sql);
        read.push({ name, rows: String(answer?.[0]), sum: String(answer?.[1]) });
      } catch (error) {
        const message = `${table} cannot be read on ${name}: ${messageOf(error)}`;
        problems.push({ kind: 'unreadable', table, shards: [name], message });
      }
    }),
  );
  const inOrder = shards.flatMap(({ name }) => read.filter((each) => each.name === name));
  const counts = difference(
    inOrder,
    inOrder.map(({ rows }) => `${rows} rows`),
  );
  const sums = difference(
    inOrder,
    inOrder.map(({ rows, sum }) => `${rows} rows of hash ${sum}`),
  );
  const found = counts ?? sums;
  if (found !== undefined) {
    const message = `${table} is replicated, but not the same everywhere: ${found.text}`;
    problems.push({ kind: 'replicated', table, shards: (sums ?? found).odd, message });
  }
  return problems;
}
