/** Which keys lie on which shards: distinct keys of all shards, compared a part at a time. */
import { askJson } from './ask-json.js';
import type { CatalogColumn, CatalogRelation } from './catalog.js';
import type { CheckedShard } from './check-problem.js';
import { freeAlias, quoteName, sqlName } from './qualified-name.js';

/** Keys of one shard that are read at once, at most about. */
const KEYS_AT_ONCE = 200_000;

/** Keys that are shown of many. */
const SAMPLES = 3;

/** Keys with something in common. */
export interface KeySample {
  readonly count: number;
  /** A few of them, as JSON. */
  readonly samples: readonly string[];
}

export interface KeySpread {
  /** Keys on several shards, and the shards that have any of them. */
  readonly shared: KeySample & { readonly shards: readonly string[] };
  /** By the shard's name: keys for which `isAt` was false there. */
  readonly misplaced: ReadonlyMap<string, KeySample>;
}

/** Whether a key, as PostgreSQL's texts, may lie on a shard. */
export type KeyTest = (key: readonly (string | null)[], shard: number) => boolean;

/**
 * Reads the distinct keys of all shards. A table of many keys is read in parts by their hash: each part scans it once.
 *
 * @throws what a shard's query throws
 */
export async function readKeySpread(
  relation: CatalogRelation,
  columns: readonly CatalogColumn[],
  shards: readonly CheckedShard[],
  isAt: KeyTest,
): Promise<KeySpread> {
  const keys = distinctKeysSql(relation, columns);
  const counts = await Promise.all(
    shards.map(({ query }) => askJson<number>(query, `select count(*) from (${keys}) k`)),
  );
  const parts = Math.max(1, Math.ceil(Math.max(...counts) / KEYS_AT_ONCE));
  const spread = new SpreadCounter();
  for (let part = 0; part < parts; part++) {
    const where = `(pg_catalog.hashtextextended(key collate "C", 0) & 2147483647) % ${parts} = ${part}`;
    const sql = `select coalesce(json_agg(key), '[]')::text from (${keys}) k where ${where}`;
    const answers = await Promise.all(shards.map(({ query }) => askJson<string[]>(query, sql)));
    spread.add(shards, answers, isAt);
  }
  return spread.result(shards);
}

/** Each key once, as a JSON array of texts that are the same for equal values. */
function distinctKeysSql(relation: CatalogRelation, columns: readonly CatalogColumn[]): string {
  const row = freeAlias(relation);
  const key = keyJsonSql(row, columns);
  return `select distinct ${key} collate "C" as key from ${sqlName(relation)} ${row}`;
}

/** A row's key as a JSON array of texts. */
export function keyJsonSql(row: string, columns: readonly CatalogColumn[]): string {
  const texts = columns.map((column) => equalText(`${row}.${quoteName(column.name)}`, column));
  return `json_build_array(${texts.join(', ')})::text`;
}

function equalText(value: string, { internalType, deterministic }: CatalogColumn): string {
  // Such a collation's hash is the same for all texts that it takes for equal.
  if (!deterministic) return `pg_catalog.hashtextextended(${value}::text, 0)::text`;
  if (internalType === 'numeric') return `pg_catalog.trim_scale(${value})::text`;
  // A negative zero is equal to a positive one.
  if (internalType === 'float4' || internalType === 'float8') return `(${value} + '0')::text`;
  if (internalType === 'citext') return `pg_catalog.lower(${value}::text)`;
  return `${value}::text`;
}

class SpreadCounter {
  readonly #shared = new Samples();
  readonly #sharing = new Set<number>();
  readonly #misplaced = new Map<string, Samples>();

  add(
    shards: readonly CheckedShard[],
    answers: readonly (readonly string[])[],
    isAt: KeyTest,
  ): void {
    /** The shard on which a key was seen first; −1 once it was seen on another. */
    const seen = new Map<string, number>();
    shards.forEach(({ name, index }, i) => {
      for (const key of answers[i] ?? []) {
        if (!isAt(JSON.parse(key) as (string | null)[], index)) this.#misplace(name, key);
        const first = seen.get(key);
        if (first === undefined) seen.set(key, i);
        else {
          this.#sharing.add(i);
          if (first < 0) continue;
          this.#sharing.add(first);
          this.#shared.add(key);
          seen.set(key, -1);
        }
      }
    });
  }

  result(shards: readonly CheckedShard[]): KeySpread {
    const sharing = shards.filter((_, i) => this.#sharing.has(i)).map(({ name }) => name);
    const { count, samples } = this.#shared;
    return { shared: { count, samples, shards: sharing }, misplaced: this.#misplaced };
  }

  #misplace(shard: string, key: string): void {
    const samples = this.#misplaced.get(shard) ?? new Samples();
    this.#misplaced.set(shard, samples);
    samples.add(key);
  }
}

class Samples implements KeySample {
  readonly samples: string[] = [];
  count = 0;

  add(key: string): void {
    this.count++;
    if (this.samples.length < SAMPLES) this.samples.push(key);
  }
}
