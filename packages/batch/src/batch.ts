import { assert } from './assert.js';
import { COLUMN_WORDS, HEADER_WORDS, MAGIC } from './layout.js';
import type { Schema } from './schema.js';
import { type Value, type Vector, vectorOf } from './vector.js';

/** Turns a batch into row objects. The engine supplies one that gives `pg`'s values. */
export type RowReader = (batch: Batch) => Record<string, unknown>[];

export interface BatchOptions {
  /** Name of the shard the rows come from, where they come from one. */
  readonly shard?: string;
  readonly toRows?: RowReader;
  /** Gets the buffer back when the batch is released; without it the buffer is left to the garbage collector. */
  readonly release?: (buffer: SharedArrayBuffer) => void;
}

/**
 * Rows in columns, in one SharedArrayBuffer (`layout.ts`). Vectors are views: nothing is copied.
 *
 * Lifetime: whoever received the batch owns it until it calls `release()`. A batch handed out by an iterator is released
 * when the next one is asked for, and its buffer is written again, unless `retain()` was called before.
 */
export class Batch {
  readonly rowCount: number;
  readonly schema: Schema;
  readonly shard: string | undefined;
  readonly #header: Int32Array;
  readonly #options: BatchOptions;
  #buffer: SharedArrayBuffer | undefined;
  #retained = false;
  #vectors: readonly Vector[] | undefined;

  constructor(schema: Schema, buffer: SharedArrayBuffer, options: BatchOptions = {}) {
    const header = new Int32Array(buffer, 0, HEADER_WORDS + schema.fields.length * COLUMN_WORDS);
    assert(header[0] === MAGIC, 'the buffer starts with a batch header');
    assert(
      header[2] === schema.fields.length + (schema.hiddenColumns ?? 0),
      'schema and batch have as many columns',
      schema.fields.length,
    );
    this.schema = schema;
    this.rowCount = header[1] as number;
    this.shard = options.shard;
    this.#header = header;
    this.#buffer = buffer;
    this.#options = options;
  }

  /** The shared memory of the batch. */
  get buffer(): SharedArrayBuffer {
    assert(
      this.#buffer !== undefined,
      'the batch is read before it is released: call retain() to keep it',
    );
    return this.#buffer;
  }

  /** Bytes of the buffer in use. */
  get byteLength(): number {
    assert(this.#buffer !== undefined, 'the batch is read before it is released');
    return this.#header[3] as number;
  }

  /** The columns, in the order of `schema.fields`. */
  get vectors(): readonly Vector[] {
    const buffer = this.buffer;
    this.#vectors ??= this.schema.fields.map(({ type }, column) =>
      vectorOf(type, buffer, this.#header, column),
    );
    return this.#vectors;
  }

  /** The rows as objects: `pg`'s values for a batch that the engine made, exact values (`Vector.at`) otherwise. */
  toRows(): Record<string, unknown>[] {
    return (this.#options.toRows ?? exactRows)(this);
  }

  /** Keeps the batch valid past the next iteration, for as long as it is referenced. Returns the batch. */
  retain(): this {
    assert(this.#buffer !== undefined, 'the batch is retained before it is released');
    this.#retained = true;
    return this;
  }

  /** Gives the buffer back, unless the batch was retained. What iterates calls this; a second call does nothing. */
  release(): void {
    if (this.#retained || this.#buffer === undefined) return;
    const buffer = this.#buffer;
    this.#buffer = undefined;
    this.#vectors = undefined;
    this.#options.release?.(buffer);
  }
}

function exactRows(batch: Batch): Record<string, Value>[] {
  const rows: Record<string, Value>[] = [];
  for (let row = 0; row < batch.rowCount; row++) {
    const entries = batch.schema.fields.map(({ name }, column) => [
      name,
      (batch.vectors[column] as Vector).at(row),
    ]);
    rows.push(Object.fromEntries(entries) as Record<string, Value>);
  }
  return rows;
}
