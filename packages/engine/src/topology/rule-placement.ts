import type { CatalogColumn } from './catalog.js';

/** Values of a key's columns in their order, as PostgreSQL writes them under `DateStyle` ISO; null is NULL. */
export type KeyTexts = readonly (string | null)[];

/** What a rule is made into for one table: what tells it from others of its kind, and the shard of a key. */
export interface RulePlacement {
  readonly identity: string;
  readonly shardOf: ((key: KeyTexts) => number | undefined) | undefined;
}

/** What a placement is made for. */
export interface KeyPlace {
  /** `tables.flights.by`: for errors. */
  readonly where: string;
  readonly columns: readonly CatalogColumn[];
  readonly shardCount: number;
}
