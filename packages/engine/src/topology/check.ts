/**
 * Whether the shards are what the engine takes them for: of one shape, with replicated tables that are the same everywhere
 * and sharded tables whose keys lie on one shard each, where their rule says.
 *
 * Tables are read whole, one after the other, on all shards together. There is no snapshot over shards: rows that are
 * written meanwhile may look like a difference.
 */
import { ConfigurationError } from '../errors.js';
import type { CatalogQuery } from './ask-json.js';
import type { CatalogRelation } from './catalog.js';
import { type CheckedShard, type CheckProblem, messageOf } from './check-problem.js';
import { isComparable, relationProblems } from './check-relations.js';
import { replicatedProblems } from './check-replicated.js';
import { shardedProblems } from './check-sharded.js';
import { surroundingProblems } from './check-surroundings.js';
import { readCatalog } from './read-catalog.js';
import { readSurroundings } from './surroundings.js';
import { bindTables, type RelationPlace } from './table-map.js';
import type { Table } from './tables.js';

/** What was found. */
export interface CheckReport {
  /** There are no problems. */
  readonly ok: boolean;
  readonly problems: readonly CheckProblem[];
}

export interface CheckRequest {
  /** In the order of the option `shards`. `query` runs a statement on that shard. */
  readonly shards: readonly { readonly name: string; readonly query: CatalogQuery }[];
  readonly tables: readonly Table[];
  readonly unlisted: 'refuse' | 'replicated';
}

/** Checks all that can be checked; what a shard refuses, or one that is lost, is a problem among others. */
export async function checkShards(request: CheckRequest): Promise<CheckReport> {
  const problems: CheckProblem[] = [];
  const shards = await openShards(request, problems);
  const [first] = shards;
  if (first !== undefined) {
    problems.push(...surroundingProblems(shards), ...optionProblems(request, shards));
    for (const [relation, place] of relevantRelations(request, shards, problems)) {
      problems.push(...relationProblems(relation, shards));
      // Partitions are read with their table.
      if (relation.partitionOf !== undefined || !isComparable(relation, shards)) continue;
      if (place?.kind === 'replicated')
        problems.push(...(await replicatedProblems(relation, shards)));
      if (place?.kind === 'sharded')
        problems.push(...(await shardedProblems(relation, place, shards, request.shards.length)));
    }
  }
  return { ok: problems.length === 0, problems };
}

/** The shards that answer. */
async function openShards(
  { shards }: CheckRequest,
  problems: CheckProblem[],
): Promise<CheckedShard[]> {
  const opened = await Promise.all(
    shards.map(async ({ name, query }, index): Promise<CheckedShard | string> => {
      try {
        const catalog = await readCatalog(query);
        return { name, index, query, catalog, surroundings: await readSurroundings(query) };
      } catch (error) {
        return messageOf(error);
      }
    }),
  );
  return opened.filter((each, index): each is CheckedShard => {
    if (typeof each !== 'string') return true;
    const name = shards[index]?.name ?? '';
    problems.push({ kind: 'unreachable', shards: [name], message: `${name}: ${each}` });
    return false;
  });
}

/** Entries of the option `tables` that do not fit all shards. */
function optionProblems(
  { tables, unlisted }: CheckRequest,
  shards: readonly CheckedShard[],
): CheckProblem[] {
  const found = new Map<string, CheckProblem & { readonly shards: string[] }>();
  for (const { name, catalog } of shards) {
    for (const { table, column, message } of bindTables(tables, catalog, unlisted).check()) {
      const known = found.get(message);
      if (known !== undefined) known.shards.push(name);
      else {
        const part = column === undefined ? {} : { column };
        found.set(message, { kind: 'tables', table, ...part, shards: [name], message });
      }
    }
  }
  return [...found.values()];
}

/** Relations of all shards that statements may read, with what they are; views are only compared. */
function relevantRelations(
  { tables, unlisted }: CheckRequest,
  shards: readonly CheckedShard[],
  problems: CheckProblem[],
): [CatalogRelation, RelationPlace | undefined][] {
  const relations = new Map<string, [CatalogRelation, RelationPlace | undefined]>();
  for (const { name, catalog } of shards) {
    const map = bindTables(tables, catalog, unlisted);
    for (const relation of catalog.userRelations) {
      const identity = JSON.stringify([relation.schema, relation.name]);
      if (relation.isSystem || relation.kind === 'sequence' || relations.has(identity)) continue;
      try {
        const place = relation.kind === 'view' ? undefined : map.resolve(relation);
        if (place?.kind !== 'unlisted') relations.set(identity, [relation, place]);
      } catch (error) {
        // What is wrong with the entry was said already, once for all shards.
        if (error instanceof ConfigurationError) continue;
        problems.push({ kind: 'unreadable', shards: [name], message: messageOf(error) });
      }
    }
  }
  return [...relations.values()];
}
