import type { Relation, TablePlace } from '../binder/block.js';
import type { AggregateNames } from './aggregated.js';
import type { Equalities } from './equalities.js';
import type { Split } from './spread.js';

/** What the topology says of a sharded table's rows. */
export interface TablePlacement extends AggregateNames {
  /** The split of a table, with the shards that the values of its key leave over. */
  readonly split: (
    relation: Relation,
    place: Extract<TablePlace, { kind: 'sharded' }>,
    equalities: Equalities,
  ) => Split;
}
