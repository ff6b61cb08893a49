/** Every flight home through Millrace: columns in shared memory, decoded by worker threads. */
import type { Database } from '@millrace/engine';
import type { AllFlights } from './plain-pg.js';

/** Streams all rows of a statement with a column `distance`, and keeps none. */
export async function streamAll(db: Database, sql: string): Promise<AllFlights> {
  let rows = 0;
  let distance = 0;
  for await (const batch of db.stream(sql)) {
    rows += batch.rowCount;
    const column = batch.schema.fields.findIndex(({ name }) => name === 'distance');
    distance += sumIntegers(batch.vectors[column]);
  }
  return { rows, distance };
}

/** @throws Error when the column is none of 32-bit integers. */
export function sumIntegers(vector: object | undefined): number {
  if (vector === undefined || !('values' in vector) || !(vector.values instanceof Int32Array)) {
    throw new Error('the column did not arrive as 32-bit integers');
  }
  let sum = 0;
  for (const value of vector.values) sum += value;
  return sum;
}
