import { Batch, BatchBuilder, type FixedVector, type Schema, type Value } from '@millrace/batch';
import type { MicroBench } from './micro-bench.js';

const schema: Schema = {
  fields: [
    { name: 'id', type: { kind: 'int64' } },
    { name: 'weight', type: { kind: 'float64' } },
    { name: 'city', type: { kind: 'utf8' } },
  ],
};

/** Building batches row by row, and reading a column back value by value and as a typed array. */
export function batchBuilderSuite(small: boolean): readonly MicroBench[] {
  const rowCount = small ? 500 : 20_000;
  const rows = Array.from({ length: rowCount }, (_, row): Value[] => [
    BigInt(row),
    row / 3,
    `Zürich ${row % 625}`,
  ]);
  const batch = new Batch(schema, build(rows));
  return [
    {
      name: 'build rows',
      stage: 'batch-builder',
      units: rowCount,
      unit: 'row',
      run: () => build(rows).byteLength,
    },
    { ...reader('read values', batch), run: () => readValues(batch, 1) },
    { ...reader('read by at()', batch, 'read values'), run: () => readAt(batch, 1) },
  ];
}

function reader(name: string, batch: Batch, reference?: string): Omit<MicroBench, 'run'> {
  const bench = { name, stage: 'batch-builder', units: batch.rowCount, unit: 'value' } as const;
  return reference === undefined ? bench : { ...bench, reference };
}

function build(rows: readonly Value[][]): SharedArrayBuffer {
  const builder = new BatchBuilder(schema, { maxRows: rows.length });
  for (const row of rows) builder.append(row);
  return builder.finish();
}

function readValues(batch: Batch, column: number): number {
  const values = (batch.vectors[column] as FixedVector).values as Float64Array;
  let sum = 0;
  for (let row = 0; row < values.length; row++) sum += values[row] as number;
  return sum;
}

function readAt(batch: Batch, column: number): number {
  const vector = batch.vectors[column] as FixedVector;
  let sum = 0;
  for (let row = 0; row < vector.length; row++) sum += vector.at(row) as number;
  return sum;
}
