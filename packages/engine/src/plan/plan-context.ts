/** What planning works with: what is known of the database, and a way to ask a server what a statement is. */
import type { AggregateCall, AggregateSplit, ColumnOrder } from '@millrace/operators';
import type { SelectStmt } from '../sql/tree.js';
import type { Catalog, CatalogRelation } from '../topology/catalog.js';
import type { ColumnStatistics } from '../topology/column-statistics.js';
import type { FindTable } from './binder/bind-context.js';
import type { PlannedConstant } from './distributed-plan.js';
import type { EmitContext } from './emit.js';
import type { TablePlacement } from './spread/table-placement.js';

/** A column of a result, as a server describes it. */
export interface DescribedColumn {
  readonly name: string;
  /** Fit for a cast: `integer`, `numeric(10,2)`, `public.mood`. */
  readonly typeName: string;
  /** `int4`, `numeric`, `text`, …: `typname` of `pg_type`. */
  readonly internalType: string;
  /** The column's values are in text form in a batch. */
  readonly isText: boolean;
}

export interface Description {
  readonly columns: readonly DescribedColumn[];
  /** Types of the parameters, fit for a cast. */
  readonly parameterTypes: readonly string[];
}

export interface PlanPorts {
  /** Asks a server what a statement would give. @throws SqlError */
  readonly describe: (sql: string) => Promise<Description>;
  readonly splitAggregate: (call: AggregateCall) => AggregateSplit | undefined;
  /** What a shard knows of columns of a table: for estimates. */
  readonly statistics: (
    relation: CatalogRelation,
    columns: readonly string[],
  ) => Promise<ReadonlyMap<string, ColumnStatistics>>;
  /** Rows that a shard expects of a statement without parameters. */
  readonly estimateRows: (sql: string) => Promise<number>;
}

export interface PlanContext extends PlanPorts {
  readonly catalog: Catalog;
  readonly table: FindTable;
  readonly placement: TablePlacement;
  readonly shardCount: number;
  /** Whether candidates for the first groups are named before groups are merged. */
  readonly topK: 'auto' | 'always' | 'never';
  /** Rows that a stage may send back to shards as arrays. */
  readonly maxStagedRows: number;
  readonly emit: EmitContext;
  readonly constants: PlannedConstant[];
  /** The SELECTs that stand for the rows of stages, by the stage's number. */
  readonly staged: Map<number, StagedRows>;
  /** Number of the next stage. */
  nextStage: number;
}

/** Rows of a stage within a statement. */
export interface StagedRows {
  readonly select: SelectStmt;
  readonly columns: readonly (DescribedColumn & { readonly collation?: string | undefined })[];
}

/** How values of a type are compared here; undefined: only a server can. */
export function orderOf(
  { internalType, isText }: DescribedColumn,
  text: { readonly byteOrder: boolean; readonly deterministic: boolean },
  purpose: 'equality' | 'order',
): ColumnOrder | undefined {
  if (!isText) return ORDERED.has(internalType) ? 'value' : undefined;
  switch (internalType) {
    case 'numeric':
      return 'numeric';
    case 'text':
    case 'varchar':
      if (purpose === 'equality') return text.deterministic ? 'bytes' : undefined;
      return text.byteOrder ? 'bytes' : undefined;
    case 'bpchar':
      if (purpose === 'equality') return text.deterministic ? 'bpchar' : undefined;
      return text.byteOrder ? 'bpchar' : undefined;
    case 'name':
    case 'time':
      return 'bytes';
    default:
      return undefined;
  }
}

/** Types whose values have an order of their own in a batch. */
const ORDERED = new Set([
  'bool',
  'int2',
  'int4',
  'int8',
  'oid',
  'float4',
  'float8',
  'numeric',
  'date',
  'timestamp',
  'timestamptz',
  'uuid',
  'bytea',
]);
