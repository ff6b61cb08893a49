/** Statements' batches as they come from a server, and what a merge makes of them. */
import { Batch, type Schema, typeName, type Value, verifyBatch } from '@millrace/batch';
import type { Database } from '@millrace/engine';
import { type Accumulator, createMerge, type Pipeline } from '@millrace/operators';

export interface Columns {
  readonly types: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

interface Answer {
  readonly schema: Schema;
  readonly buffers: readonly SharedArrayBuffer[];
}

async function batchesOf(db: Database, sql: string): Promise<Answer> {
  const buffers: SharedArrayBuffer[] = [];
  let schema: Schema | undefined;
  for await (const batch of db.stream(sql, [], { mode: 'union' })) {
    schema = batch.schema;
    buffers.push(batch.retain().buffer);
  }
  // A stream without rows has no batch to say its columns.
  return { schema: schema ?? { fields: [] }, buffers };
}

function columnsOf(schema: Schema, buffers: readonly SharedArrayBuffer[]): Columns {
  const rows: Value[][] = [];
  for (const buffer of buffers) {
    const { vectors, rowCount } = new Batch(schema, buffer);
    for (let row = 0; row < rowCount; row++) rows.push(vectors.map((vector) => vector.at(row)));
  }
  return { types: schema.fields.map(({ type }) => typeName(type)), rows };
}

/** The exact values of a statement's rows. */
export async function readColumns(db: Database, sql: string): Promise<Columns> {
  const { schema, buffers } = await batchesOf(db, sql);
  return columnsOf(schema, buffers);
}

/** Aggregates what the statements give, an input each; their first `keyCount` columns are the groups' keys. */
export async function mergeParts(
  db: Database,
  statements: readonly string[],
  keyCount: number,
  accumulators: readonly Accumulator[],
): Promise<Columns> {
  const inputs = await Promise.all(statements.map((sql) => batchesOf(db, sql)));
  const input = inputs.find(({ schema }) => schema.fields.length > 0)!.schema;
  const keys = Array.from({ length: keyCount }, (_, column) => ({
    column,
    order: 'value' as const,
  }));
  const pipeline: Pipeline = {
    inputCount: inputs.length,
    input,
    combine: { kind: 'aggregate', keys, accumulators },
    sort: [],
    limit: undefined,
    columns: Array.from({ length: keyCount + accumulators.length }, (_, column) => column),
    batchRows: 7,
  };
  const merge = createMerge(pipeline);
  inputs.forEach(({ buffers }, i) => {
    for (const buffer of buffers) merge.consume(i, buffer);
    merge.end(i);
  });
  const out: SharedArrayBuffer[] = [];
  for (let buffer = merge.next(); buffer !== undefined; buffer = merge.next()) {
    verifyBatch(merge.output, buffer);
    out.push(buffer);
  }
  return columnsOf(merge.output, out);
}
