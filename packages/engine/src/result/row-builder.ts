/**
 * Rows as JavaScript values, from batches: column by column into small arrays, then row by row into objects of one shape.
 *
 * A large result is made of objects that all survive, so what it costs is mostly V8's garbage collector. Nothing here is
 * stored into anything old: an old object that points to a young one has to be remembered, one store at a time, and looked
 * at again when the young ones are moved. So the arrays are new ones for each batch, and die or move with their rows.
 */
import type { Batch, Vector } from '@millrace/batch';
import {
  type ColumnDescription,
  type TypeChoices,
  type ValueReader,
  valueReader,
} from '@millrace/postgres';
import { type Row, type RowAssembler, rowAssembler } from './row-assembler.js';

/** Rows made at a time: their values stay in the processor's cache between the two passes. */
const BLOCK_ROWS = 512;

export interface RowBuilderOptions {
  readonly rowMode: 'object' | 'array';
  readonly types: TypeChoices;
}

export class RowBuilder {
  readonly #readers: readonly ValueReader[];
  readonly #assemble: RowAssembler;

  constructor(columns: readonly ColumnDescription[], { rowMode, types }: RowBuilderOptions) {
    this.#readers = columns.map((column) => valueReader(column, types));
    this.#assemble = rowAssembler(
      columns.map(({ name }) => name),
      rowMode,
    );
  }

  /** Starts on the rows of a batch. */
  open(batch: Batch): BatchRows {
    return new BatchRows(batch, this.#readers, this.#assemble);
  }

  /** All rows of a batch. */
  rows(batch: Batch): Row[] {
    const rows = this.open(batch);
    const blocks: Row[][] = [];
    for (let block = rows.next(); block !== undefined; block = rows.next()) blocks.push(block);
    return blocks.length === 1 ? (blocks[0] as Row[]) : blocks.flat(1);
  }
}

/** The rows of one batch, a block at a time. */
export class BatchRows {
  readonly #batch: Batch;
  readonly #readers: readonly ValueReader[];
  readonly #assemble: RowAssembler;
  /** Values of a block, column by column. */
  readonly #columns: unknown[][];
  #at = 0;

  constructor(batch: Batch, readers: readonly ValueReader[], assemble: RowAssembler) {
    this.#batch = batch;
    this.#readers = readers;
    this.#assemble = assemble;
    const length = Math.min(batch.rowCount, BLOCK_ROWS);
    // Filled: arrays of any values from the start, so that no number is boxed a second time when it is read back.
    this.#columns = readers.map(() => new Array<unknown>(length).fill(null));
  }

  /** The next rows, some hundreds at most; undefined after the last. */
  next(): Row[] | undefined {
    const { rowCount, vectors } = this.#batch;
    const from = this.#at;
    if (from === rowCount) return undefined;
    const to = Math.min(from + BLOCK_ROWS, rowCount);
    for (let column = 0; column < vectors.length; column++) {
      (this.#readers[column] as ValueReader)(
        vectors[column] as Vector,
        { from, to },
        this.#columns[column] as unknown[],
      );
    }
    this.#at = to;
    return this.#assemble(this.#columns, to - from);
  }
}
