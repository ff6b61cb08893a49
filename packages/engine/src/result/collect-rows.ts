import { Batch, type Schema } from '@millrace/batch';
import type { BatchSource } from './batch-source.js';
import type { Row, RowBuilder } from './row-builder.js';

/**
 * Rows are made for so long at a time; then the application's event loop has a turn. Collecting the garbage of a slice
 * may come on top, with ten times as long: the shorter the slices, the rarer a turn that has to wait for it.
 */
const SLICE_MS = 1;
/** Rows between two looks at the clock. */
const STEP_ROWS = 256;

/** All rows of a result, part after part. Made in slices, so that the caller's event loop never waits long. */
export async function collectRows(
  source: BatchSource,
  schema: Schema,
  builder: RowBuilder,
): Promise<Row[]> {
  const parts: Row[][] = Array.from({ length: source.partCount }, () => []);
  let turnEnds = performance.now() + SLICE_MS;
  for (let arrived = await source.next(); arrived !== undefined; arrived = await source.next()) {
    const batch = new Batch(schema, arrived.buffer);
    const rows = parts[arrived.part] as Row[];
    for (let from = 0; from < batch.rowCount; from += STEP_ROWS) {
      builder.append(batch, { from, to: Math.min(from + STEP_ROWS, batch.rowCount) }, rows);
      if (performance.now() < turnEnds) continue;
      await nextTurn();
      turnEnds = performance.now() + SLICE_MS;
    }
    source.release(arrived.part, arrived.buffer);
  }
  const [first = [], ...others] = parts;
  return others.length === 0 ? first : first.concat(...others);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
