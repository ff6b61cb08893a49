import { Batch, type Schema } from '@millrace/batch';
import type { BatchSource } from './batch-source.js';
import type { Row } from './row-assembler.js';
import type { RowBuilder } from './row-builder.js';

/**
 * Rows are made for so long at a time; then the application's event loop has a turn. Collecting the garbage of some slices
 * comes on top, with twenty times as long: the shorter the slices, the rarer a turn that has to wait for more than one.
 */
const SLICE_MS = 0.5;

/** All rows of a result, part after part. Made in slices, so that the caller's event loop never waits long. */
export async function collectRows(
  source: BatchSource,
  schema: Schema,
  builder: RowBuilder,
): Promise<Row[]> {
  const parts: Row[][][] = Array.from({ length: source.partCount }, () => []);
  const slice = new Slice();
  for (let arrived = await source.next(); arrived !== undefined; arrived = await source.next()) {
    const rows = builder.open(new Batch(schema, arrived.buffer));
    const blocks = parts[arrived.part] as Row[][];
    for (let block = rows.next(); block !== undefined; block = rows.next()) {
      blocks.push(block);
      if (slice.over()) await slice.next();
    }
    source.release(arrived.part, arrived.buffer);
  }
  const present = parts.filter((_, part) => !source.isMissing(part));
  return joinBlocks(present.flat(1), slice);
}

/** One array of all rows. Copied in slices, too. */
async function joinBlocks(blocks: readonly Row[][], slice: Slice): Promise<Row[]> {
  if (blocks.length <= 1) return blocks[0] ?? [];
  const rows = new Array<Row>(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    for (let i = 0; i < block.length; i++) rows[at++] = block[i] as Row;
    if (slice.over()) await slice.next();
  }
  return rows;
}

/** A stretch of computing after which the event loop has a turn. */
export class Slice {
  #endsAt = performance.now() + SLICE_MS;

  over(): boolean {
    return performance.now() >= this.#endsAt;
  }

  /** Gives the event loop a turn. */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#endsAt = performance.now() + SLICE_MS;
  }
}
