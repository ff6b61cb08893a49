import type { CatalogQuery } from './ask-json.js';
import type { ListedCatalog } from './read-catalog.js';
import type { Surroundings } from './surroundings.js';

/**
 * Something that stands in the way of one answer from all shards.
 *
 * - `unreachable`: a shard does not answer
 * - `setting`: versions, encodings, collations or settings differ
 * - `tables`: an entry of the option names a table or column that is not there
 * - `relation`, `column`, `type`: tables, views, columns or types differ
 * - `replicated`: a replicated table has other rows elsewhere
 * - `placement`: rows of one key lie on several shards, or not where their rule says
 * - `unreadable`: a table could not be read
 */
export interface CheckProblem {
  readonly kind:
    | 'unreachable'
    | 'setting'
    | 'tables'
    | 'relation'
    | 'column'
    | 'type'
    | 'replicated'
    | 'placement'
    | 'unreadable';
  /** Schema and name, as SQL writes them; of `tables`, the entry. */
  readonly table?: string;
  readonly column?: string;
  /** Names of the shards concerned: where most are alike, the others. */
  readonly shards: readonly string[];
  /** For people, complete. */
  readonly message: string;
}

/** A shard that answered. */
export interface CheckedShard {
  readonly name: string;
  /** Its place in the option `shards`. */
  readonly index: number;
  readonly query: CatalogQuery;
  readonly catalog: ListedCatalog;
  readonly surroundings: Surroundings;
}

/** Which shards have which value; undefined where all have the same. */
export interface Difference {
  /** Shards that are not of the largest group; of equal ones, the first shard's counts as the largest. */
  readonly odd: readonly string[];
  /** `a on shard0, shard1; b on shard2` */
  readonly text: string;
}

/** Compares what each shard has, as a text for people. */
export function difference(
  shards: readonly { readonly name: string }[],
  values: readonly string[],
): Difference | undefined {
  const groups = new Map<string, string[]>();
  shards.forEach(({ name }, i) => {
    const value = values[i] ?? '';
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [name]);
    else group.push(name);
  });
  if (groups.size < 2) return undefined;
  const most = Math.max(...[...groups.values()].map(({ length }) => length));
  const largest = [...groups.values()].find(({ length }) => length === most);
  return {
    odd: [...groups.values()].filter((group) => group !== largest).flat(),
    text: [...groups].map(([value, names]) => `${value} on ${names.join(', ')}`).join('; '),
  };
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
