/** The cells of a batch as PostgreSQL writes them. */
import type { Batch, Vector } from '@millrace/batch';
import { timestampText, valueText } from './value-text.js';

/** Rows of texts, NULL as null, of a batch that was asked for with `TEXT_TYPES` in `rowMode: 'array'`. */
export function* batchCells(batch: Batch): Generator<(string | null)[]> {
  const cells = batch.vectors.map(cellReader);
  let row = 0;
  // In array mode rows are arrays; the type of `toRows` knows of objects alone.
  for (const values of batch.toRows() as unknown as readonly (readonly unknown[])[]) {
    yield cells.map((cell, column) => (values[column] === null ? null : cell(values[column], row)));
    row += 1;
  }
}

type CellReader = (value: unknown, row: number) => string;

function cellReader(vector: Vector): CellReader {
  switch (vector.type.kind) {
    // The server's own text, also of arrays and of what else the engine takes apart.
    case 'utf8':
      return (_, row) => vector.at(row) as string;
    case 'timestamp':
      return (value) => timestampText(valueText(value));
    default:
      return valueText;
  }
}
