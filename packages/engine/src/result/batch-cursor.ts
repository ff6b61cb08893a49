import { Batch, type RowReader, type Schema } from '@millrace/batch';
import type { BatchSource } from './batch-source.js';

export interface BatchCursorOptions {
  readonly schema: Schema;
  /** Name of each part's shard. */
  readonly shards: readonly string[];
  readonly toRows: RowReader;
}

/**
 * Batches as they arrive. Each is valid until the next one is asked for, unless it is retained; its buffer then goes back
 * to the thread that filled it, which is what keeps a stream of any length in fixed memory.
 */
export async function* iterateBatches(
  source: BatchSource,
  { schema, shards, toRows }: BatchCursorOptions,
): AsyncGenerator<Batch, void, undefined> {
  for (let arrived = await source.next(); arrived !== undefined; arrived = await source.next()) {
    const { part, buffer } = arrived;
    let returned: SharedArrayBuffer | undefined;
    const release = (released: SharedArrayBuffer): void => {
      returned = released;
    };
    const batch = new Batch(schema, buffer, { shard: shards[part] as string, toRows, release });
    yield batch;
    batch.release();
    source.release(part, returned);
  }
}
