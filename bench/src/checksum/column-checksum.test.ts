import { Batch, BatchBuilder, type Schema, type Value } from '@millrace/batch';
import { describe, expect, it } from 'vitest';
import { gatherColumns } from '../dataset/gather-columns.js';
import { checksumColumns } from './column-checksum.js';
import { batchViews } from './column-view.js';
import { type Checksum, checksumDifferences, GatherChecksum } from './gather-checksum.js';
import { checksumRows, type GatherRow } from './row-checksum.js';

const schema: Schema = {
  fields: [
    { name: 'id', type: { kind: 'int64' } },
    { name: 'customer', type: { kind: 'int64' } },
    { name: 'created_at', type: { kind: 'timestamp', utc: true } },
    { name: 'quantity', type: { kind: 'int32' } },
    { name: 'priority', type: { kind: 'int16' } },
    { name: 'weight', type: { kind: 'float64' } },
    { name: 'price', type: { kind: 'decimal', precision: 12, scale: 2 } },
    { name: 'status', type: { kind: 'utf8' } },
    { name: 'city', type: { kind: 'utf8' } },
    { name: 'reference', type: { kind: 'utf8' } },
  ],
};

const exact: Value[][] = [
  [0n, -1n, -1_234_567_890_123_457n, -1, -32_768, -0.1, '-0.05', 'zurückgestellt', '東京 12', ''],
  [
    1n,
    2n ** 63n - 1n,
    1_700_000_000_123_456n,
    2 ** 31 - 1,
    7,
    1e300,
    '9999999999.99',
    'open',
    'Łódź 1',
    'abcdefghijkl',
  ],
  [
    2n,
    -(2n ** 63n),
    -1n,
    0,
    0,
    0,
    '0.00',
    'отменён',
    'a longer name of a city than twelve bytes',
    'x',
  ],
  [3n, null, null, null, null, null, null, null, null, 'y'],
];

describe('checksums', () => {
  it('are the same for rows and for columns of the same values', () => {
    const { created_at_us, ...columns } = columnChecksum(exact);
    expect(created_at_us?.values).toBe(3);
    expect(rowChecksum(exact)).toEqual(columns);
  });

  it('do not depend on the order of rows', () => {
    expect(columnChecksum(exact.toReversed())).toEqual(columnChecksum(exact));
  });

  it('see one changed value, and right values in the wrong rows', () => {
    const changed = exact.map((row) => [...row]);
    (changed[1] as Value[])[9] = 'abcdefghijkL';
    const swapped = exact.map((row) => [...row]);
    (swapped[0] as Value[])[3] = 0;
    (swapped[2] as Value[])[3] = -1;
    const expected = columnChecksum(exact);
    expect(namesOf(checksumDifferences(expected, columnChecksum(changed)))).toEqual([
      'reference',
      'rows',
    ]);
    expect(namesOf(checksumDifferences(expected, columnChecksum(swapped)))).toEqual(['rows']);
  });

  it('see lost microseconds', () => {
    const dropped = exact.map((row) => [...row]);
    (dropped[1] as Value[])[2] = 1_700_000_000_123_000n;
    const differences = checksumDifferences(columnChecksum(exact), columnChecksum(dropped));
    expect(namesOf(differences)).toEqual(['created_at_us']);
  });
});

function columnChecksum(rows: readonly Value[][]): Checksum {
  const builder = new BatchBuilder(schema);
  for (const row of rows) builder.append(row);
  const checksum = new GatherChecksum();
  checksumColumns(batchViews(new Batch(schema, builder.finish())), checksum);
  return checksum.result();
}

function rowChecksum(rows: readonly Value[][]): Checksum {
  const checksum = new GatherChecksum();
  checksumRows(rows.map(pgRow), checksum);
  return checksum.result();
}

/** A row as `pg` gives it by default. */
function pgRow(row: readonly Value[]): GatherRow {
  const entries = gatherColumns.map(({ name, kind }, index): [string, unknown] => {
    const value = row[index] ?? null;
    if (kind === 'int8' && value !== null) return [name, String(value)];
    if (typeof value !== 'bigint') return [name, value];
    return [name, new Date(Math.floor(Number(value) / 1000))];
  });
  return Object.fromEntries(entries);
}

function namesOf(differences: readonly string[]): string[] {
  return differences.map((difference) => difference.slice(0, difference.indexOf(':')));
}
