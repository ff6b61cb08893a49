import { Batch, type RowReader, type Schema } from '@millrace/batch';
import type { BatchSource } from './batch-source.js';

export interface BatchCursorOptions {
  readonly toRows: RowReader;
  /** Name of each part's shard. */
  readonly shards?: readonly string[];
}

/** A batch and the part of the result that it belongs to. */
export interface PartBatch {
  readonly batch: Batch;
  readonly part: number;
}

/**
 * Batches as they arrive. Each is valid until the next one is asked for, unless it is retained; its buffer then goes back
 * to the thread that filled it, which is what keeps a stream of any length in fixed memory.
 */
export async function* iterateBatches(
  source: BatchSource,
  schema: Schema,
  { toRows, shards }: BatchCursorOptions,
): AsyncGenerator<PartBatch, void, undefined> {
  for (let next = await source.next(); next !== undefined; next = await source.next()) {
    const { part, buffer } = next;
    let returned: SharedArrayBuffer | undefined;
    const release = (released: SharedArrayBuffer): void => {
      returned = released;
    };
    const shard = shards?.[part];
    const batch = new Batch(schema, buffer, {
      toRows,
      release,
      ...(shard !== undefined && { shard }),
    });
    yield { batch, part };
    batch.release();
    source.release(part, returned);
  }
}
