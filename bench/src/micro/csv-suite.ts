import type { Batch } from '@millrace/batch';
import { type CsvColumnType, createCsvScanner, createCsvWriter } from '@millrace/exasol';
import type { MicroBench } from './micro-bench.js';

interface CsvSample {
  readonly name: string;
  readonly type: CsvColumnType;
  /** The field of a row, as EXPORT writes it. */
  field(row: number): string;
}

const decimal = (precision: number, scale = 0): CsvColumnType => ({
  type: 'DECIMAL',
  precision,
  scale,
});

const SAMPLES: readonly CsvSample[] = [
  { name: 'boolean', type: { type: 'BOOLEAN' }, field: (row) => String(row & 1) },
  { name: 'decimal(9)', type: decimal(9), field: (row) => String(row * 977) },
  { name: 'decimal(18)', type: decimal(18), field: (row) => String(row * 1_000_003 * 99_991) },
  { name: 'decimal(12,2)', type: decimal(12, 2), field: (row) => String((row * 997) / 100) },
  { name: 'decimal(36,10)', type: decimal(36, 10), field: (row) => `${row}1234567890123456.01234` },
  { name: 'double', type: { type: 'DOUBLE' }, field: (row) => String((row + 1) / 7) },
  {
    name: 'date',
    type: { type: 'DATE' },
    field: (row) => `2024-0${1 + (row % 9)}-${10 + (row % 18)}`,
  },
  {
    name: 'timestamp',
    type: { type: 'TIMESTAMP' },
    field: (row) => `"2024-02-29 12:34:56.${String(row % 1_000_000).padStart(6, '0')}"`,
  },
  {
    name: 'varchar of 10',
    type: { type: 'VARCHAR' },
    field: (row) => String(row).padStart(10, 'x'),
  },
  {
    name: 'varchar of 100, delimited',
    type: { type: 'VARCHAR' },
    field: (row) => `"${String(row).padStart(100, 'x')}"`,
  },
];

/** CSV into batches and back, a type at a time, and ten columns at once. */
export function csvSuite(small: boolean): readonly MicroBench[] {
  const rowCount = small ? 200 : 8000;
  const benches = SAMPLES.map((sample) => ({
    name: `scan ${sample.name}`,
    ...csvUnits(rowCount, 'value'),
    run: scanner([sample], csvText([sample], rowCount)),
  }));
  const all = csvText(SAMPLES, rowCount);
  const batch = scanned(SAMPLES, all);
  return [
    ...benches,
    { name: 'scan ten columns', ...csvUnits(rowCount, 'row'), run: scanner(SAMPLES, all) },
    {
      name: 'write ten columns',
      ...csvUnits(rowCount, 'row'),
      run: () => {
        const writer = createCsvWriter();
        const chunks = writer.writeBatch(batch);
        return chunks.reduce((sum, { length }) => sum + length, writer.end().length);
      },
    },
  ];
}

function csvUnits(
  units: number,
  unit: 'value' | 'row',
): Pick<MicroBench, 'stage' | 'units' | 'unit'> {
  return { stage: 'csv', units, unit };
}

function csvText(samples: readonly CsvSample[], rowCount: number): Buffer {
  const rows = Array.from(
    { length: rowCount },
    (_, row) => `${samples.map(({ field }) => field(row)).join(',')}\n`,
  );
  return Buffer.from(rows.join(''));
}

function scanner(samples: readonly CsvSample[], csv: Buffer): () => number {
  const memory = new SharedArrayBuffer(csv.length * 4 + 4096);
  return () => scanned(samples, csv, () => memory).rowCount;
}

function scanned(
  samples: readonly CsvSample[],
  csv: Buffer,
  source?: (byteLength: number) => SharedArrayBuffer,
): Batch {
  const options = { columns: samples, batchBytes: csv.length };
  const scanner = createCsvScanner(source === undefined ? options : { ...options, source });
  scanner.write(csv);
  scanner.end();
  return scanner.take() as Batch;
}
