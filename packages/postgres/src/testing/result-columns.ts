/** Columns, limits and sinks for the tests of this package. */
import { Batch, type Schema, type Value, verifyBatch } from '@millrace/batch';
import type { BatchSink } from '../result-reader.js';
import type { ColumnDescription } from '../wire/messages-in.js';

export function column(name: string, dataTypeID: number, dataTypeModifier = -1): ColumnDescription {
  return { name, tableID: 0, columnID: 0, dataTypeID, dataTypeSize: -1, dataTypeModifier };
}

/** The type modifier of numeric(precision, scale). */
export function numericModifier(precision: number, scale: number): number {
  return ((precision << 16) | (scale & 0x7ff)) + 4;
}

/** Takes batches whenever `ready` says so, verifies them and keeps their exact values. */
export class CollectingSink implements BatchSink {
  readonly rows: Value[][] = [];
  readonly batchRows: number[] = [];
  schema: Schema | undefined;
  verify = true;
  ready: () => boolean = () => true;
  seen = { rowCount: 0, byteCount: 0 };

  put(buffer: SharedArrayBuffer, seen: { rowCount: number; byteCount: number }): void {
    const schema = this.schema as Schema;
    if (this.verify) verifyBatch(schema, buffer);
    const { vectors, rowCount } = new Batch(schema, buffer);
    for (let row = 0; row < rowCount; row++)
      this.rows.push(vectors.map((vector) => vector.at(row)));
    this.batchRows.push(rowCount);
    this.seen = seen;
  }

  /** Recycled buffers hold old bytes. */
  source(byteLength: number): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer(byteLength + 64);
    new Uint8Array(buffer).fill(0xee);
    return buffer;
  }
}
