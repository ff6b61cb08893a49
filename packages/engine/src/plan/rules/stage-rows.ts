/** Rows that have been computed, as a relation for the next round: an array for each column, unnested. */
import { castNode, columnNode, selectOf, stringNode, targetNode } from '../../sql/build.js';
import type { Node, SelectStmt } from '../../sql/tree.js';
import { replacePart } from '../../sql/walk.js';
import type { StageColumn } from '../distributed-plan.js';
import type { DescribedColumn, PlanContext } from '../plan-context.js';

/** Types whose arrays cannot be unnested as they are: elements of arrays lose their bounds, rows fall into columns. */
const ELEMENTS = new Set([
  'bool',
  'int2',
  'int4',
  'int8',
  'oid',
  'float4',
  'float8',
  'numeric',
  'text',
  'varchar',
  'bpchar',
  'name',
  'date',
  'timestamp',
  'timestamptz',
  'time',
  'timetz',
  'interval',
  'uuid',
  'bytea',
  'json',
  'jsonb',
  'inet',
  'cidr',
]);

/** How a column travels: as an array of its type, or of texts. */
export function stageColumn({ name, typeName, internalType }: DescribedColumn): StageColumn {
  return { name, typeName, elementType: ELEMENTS.has(internalType) ? typeName : 'text' };
}

/** Rows of no declared type: they cannot be sent back. */
export function isRecord({ internalType }: DescribedColumn): boolean {
  return internalType === 'record' || internalType === '_record';
}

export interface StagedColumn extends DescribedColumn {
  /** Fit for COLLATE; undefined: the default. */
  readonly collation?: string | undefined;
}

/** `SELECT c1 AS name, … FROM unnest($1::t[], …) AS s (c1, …)`. */
export function stagedSelect(
  stage: number,
  columns: readonly StagedColumn[],
  context: PlanContext,
): SelectStmt {
  const { emit } = context;
  const arrays = columns.map((column, index) => {
    const { elementType } = stageColumn(column);
    return emit.own.add({ kind: 'stage', stage, column: index }, `${elementType}[]`);
  });
  const names = columns.map((_, index) => `c${index}`);
  const call: Node = {
    FuncCall: {
      funcname: [stringNode('unnest')],
      args: arrays,
      funcformat: 'COERCE_EXPLICIT_CALL',
    },
  };
  const from: Node = {
    RangeFunction: {
      functions: [{ List: { items: [call, {} as Node] } }],
      alias: { aliasname: 'millrace_rows', colnames: names.map(stringNode) },
    },
  };
  const targets = columns.map((column, index) =>
    targetNode(columnValue(column, names[index] as string), column.name),
  );
  const select = selectOf(targets, { fromClause: [from] });
  context.staged.set(stage, { select, columns });
  return select;
}

/** Name of the temporary table that holds the rows of a stage. */
export function stageTable(stage: number): string {
  return `millrace_stage_${stage}`;
}

/** The same rows out of a temporary table: a statement with `select` replaced by one from there. */
export function fromTable(tree: SelectStmt, stage: number, { staged }: PlanContext): SelectStmt {
  const rows = staged.get(stage);
  if (rows === undefined) return tree;
  const targets = rows.columns.map((column, index) => {
    const value = castNode(columnNode('millrace_rows', `c${index}`), column.typeName);
    return targetNode(withCollation(value, column.collation), column.name);
  });
  const from: Node = {
    RangeVar: {
      schemaname: 'pg_temp',
      relname: stageTable(stage),
      inh: true,
      relpersistence: 'p',
      alias: { aliasname: 'millrace_rows' },
    },
  };
  return replacePart(tree, rows.select, selectOf(targets, { fromClause: [from] }));
}

function columnValue(column: StagedColumn, name: string): Node {
  const travels = stageColumn(column).elementType;
  let value = columnNode('millrace_rows', name);
  // A modifier is lost in an array, and brought back by the cast.
  if (travels !== column.typeName || /\(/.test(column.typeName))
    value = castNode(value, column.typeName);
  return withCollation(value, column.collation);
}

function withCollation(value: Node, collation: string | undefined): Node {
  if (collation === undefined) return value;
  const collname = collation
    .split(/\.(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((part) => stringNode(part.replace(/^"|"$/g, '').replaceAll('""', '"')));
  return { CollateClause: { arg: value, collname } };
}
