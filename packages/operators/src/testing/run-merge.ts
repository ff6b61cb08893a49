/** Runs a pipeline over plain rows, as a driver would, and checks what a driver relies on. For the tests of this package. */
import {
  assert,
  Batch,
  BatchBuilder,
  type Schema,
  type Value,
  type Vector,
  verifyBatch,
} from '@millrace/batch';
import { createMerge } from '../create-merge.js';
import type { Merge, Pipeline } from '../pipeline.js';

export type Row = readonly Value[];

/** The rows as batches of `batchRows`. */
export function batchesOf(
  schema: Schema,
  rows: readonly Row[],
  batchRows: number,
): SharedArrayBuffer[] {
  const buffers: SharedArrayBuffer[] = [];
  const builder = new BatchBuilder(schema, { maxRows: batchRows });
  for (const row of rows) {
    builder.append(row);
    if (builder.full) buffers.push(builder.finish());
  }
  if (builder.rowCount > 0) buffers.push(builder.finish());
  return buffers;
}

export function rowsOf(schema: Schema, buffer: SharedArrayBuffer): Value[][] {
  const batch = new Batch(schema, buffer);
  return Array.from({ length: batch.rowCount }, (_, row) =>
    batch.vectors.map((vector: Vector) => vector.at(row)),
  );
}

export interface MergeRun {
  readonly rows: Value[][];
  readonly merge: Merge;
}

/**
 * Runs the pipeline. `choose` picks the input that delivers next: any order must give the same answer. Buffers that are handed back
 * are overwritten, as they would be by a producer.
 */
export function runMerge(
  pipeline: Pipeline,
  inputs: readonly (readonly SharedArrayBuffer[])[],
  choose: (below: number) => number = () => 0,
): MergeRun {
  const merge = createMerge(pipeline);
  const waiting = inputs.map((buffers) => [...buffers]);
  const open = new Set(inputs.keys());
  const underWay = new Map<SharedArrayBuffer, number>();
  const rows: Value[][] = [];
  const drain = (): void => {
    for (let buffer = merge.next(); buffer !== undefined; buffer = merge.next()) {
      verifyBatch(merge.output, buffer);
      const written = rowsOf(merge.output, buffer);
      assert(written.length > 0 && written.length <= pipeline.batchRows, 'batches keep their size');
      rows.push(...written);
      takeBack();
    }
    takeBack();
  };
  const takeBack = (): void => {
    for (const { input, buffer } of merge.consumed()) {
      assert(underWay.get(buffer) === input, 'a buffer is handed back once, by its input');
      underWay.delete(buffer);
      new Uint8Array(buffer).fill(0xa5);
    }
  };
  drain();
  while (!merge.over) {
    const ready = [...open].filter((input) => waiting[input]!.length === 0 || merge.wants(input));
    assert(ready.length > 0, 'an open merge waits for some input');
    const input = ready[choose(ready.length)]!;
    const buffer = waiting[input]!.shift();
    if (buffer === undefined) {
      open.delete(input);
      merge.end(input);
    } else {
      underWay.set(buffer, input);
      merge.consume(input, buffer);
    }
    drain();
  }
  assert(underWay.size === 0, 'all buffers are handed back');
  return { rows, merge };
}
