/** Batches and rows as streams of CSV, for a tunnel to send. */
import type { Batch } from '@millrace/batch';
import { type CsvWriterOptions, createCsvWriter } from './csv-writer.js';

/** The batches' rows. A batch is released, unless it is retained, when the next one is asked for. @throws CsvError */
export async function* csvOfBatches(
  batches: AsyncIterable<Batch> | Iterable<Batch>,
  options?: CsvWriterOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const writer = createCsvWriter(options);
  for await (const batch of batches) {
    const chunks = writer.writeBatch(batch);
    batch.release();
    yield* chunks;
  }
  yield writer.end();
}

/** Rows of values, in the order of the columns. @throws CsvError */
export async function* csvOfRows(
  rows: AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]>,
  options?: CsvWriterOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const writer = createCsvWriter(options);
  if (Symbol.iterator in rows) {
    // `for await` would wait for each row, and most rows give no chunk.
    for (const row of rows) for (const chunk of writer.writeRow(row)) yield chunk;
  } else {
    for await (const row of rows) for (const chunk of writer.writeRow(row)) yield chunk;
  }
  yield writer.end();
}
