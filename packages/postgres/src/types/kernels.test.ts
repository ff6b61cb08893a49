import {
  Batch,
  type FixedVector,
  layOutBatch,
  layoutOf,
  type Value,
  type VariableVector,
  verifyBatch,
} from '@millrace/batch';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WireError } from '../errors.js';
import { SAMPLE_COLUMNS, type SampleColumn } from '../testing/sample-columns.js';
import { dataRow, int64 } from '../testing/wire-encoder.js';
import { newRowScan, scanRows } from '../wire/row-scan.js';
import type { WireRows } from './kernel.js';
import { columnDecoder } from './type-table.js';
import { measureData } from './variable-kernels.js';

const SENTINEL = Buffer.from('neighbour');

/** Rows whose middle field is the value: a kernel must find its own column, and read nothing of the others. */
function rowsOf(fields: readonly (Buffer | null)[]): WireRows {
  const bytes = Buffer.concat(
    fields.map((field, row) => dataRow([SENTINEL, field, row % 2 === 0 ? null : SENTINEL])),
  );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const scan = newRowScan(3);
  scanRows(view, 0, bytes.length, scan, fields.length);
  return { bytes, view, scan };
}

function decode({ description }: SampleColumn, fields: readonly (Buffer | null)[]): Batch {
  const decoder = columnDecoder(description);
  const { type } = decoder;
  const schema = { fields: [{ name: 'v', type }] };
  const rows = rowsOf(fields);
  const data = layoutOf(type) === 'variable' ? measureData(rows, 1) : 0;
  const frame = layOutBatch(schema, fields.length, [data], (byteLength) => {
    const buffer = new SharedArrayBuffer(byteLength);
    new Uint8Array(buffer).fill(0xff);
    return buffer;
  });
  // The batch has one column, the rows have three: the kernel is told where its column's fields are.
  const shifted = { ...rows.scan, fields: rows.scan.fields.subarray(1) };
  decoder.decode({ ...rows, scan: shifted }, 0, frame, type);
  verifyBatch(schema, frame.buffer);
  return new Batch(schema, frame.buffer);
}

function valuesOf(batch: Batch): Value[] {
  return Array.from({ length: batch.rowCount }, (_, row) => batch.vectors[0]!.at(row));
}

const decimalText = (precision: number, scale: number): fc.Arbitrary<string> => {
  const limit = 10n ** BigInt(precision) - 1n;
  return fc
    .tuple(fc.nat(precision), fc.bigInt({ min: -limit, max: limit }))
    .map(([digits, any]) => {
      const value = any % 10n ** BigInt(digits);
      const magnitude = String(value < 0n ? -value : value).padStart(scale + 1, '0');
      const point = magnitude.length - scale;
      const fraction = scale > 0 ? `.${magnitude.slice(point)}` : '';
      return `${value < 0n ? '-' : ''}${magnitude.slice(0, point)}${fraction}`;
    });
};

/** Any bytes of the right length are a value of the fixed-width types. */
const WIDTHS: Readonly<Record<string, number>> = {
  ...{ bool: 1, int2: 2, int4: 4, int8: 8, oid: 4, float4: 4, float8: 8, uuid: 16 },
  ...{ date: 4, timestamp: 8, timestamptz: 8 },
};

/** From 4714 BC to 294276, counted from 2000, and the infinities. */
const timestamps = fc
  .oneof(
    fc.bigInt({ min: -211_813_488_000_000_000n, max: 9_223_371_331_199_999_999n }),
    fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n),
  )
  .map(int64);

function fieldsOf(column: SampleColumn): fc.Arbitrary<Buffer> {
  const width = WIDTHS[column.name];
  if (column.name.startsWith('timestamp')) return timestamps;
  if (width !== undefined)
    return fc.uint8Array({ minLength: width, maxLength: width }).map((bytes) => Buffer.from(bytes));
  if (column.name === 'text')
    return fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Buffer.from(text));
  if (column.name === 'bytea')
    return fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes));
  const [, precision, scale] = /\((\d+),(\d+)\)/.exec(column.name)!;
  return decimalText(Number(precision), Number(scale)).map((text) => Buffer.from(text));
}

describe.each(SAMPLE_COLUMNS)('the kernel of $name', (column) => {
  test('gives its extremes and NULLs', () => {
    const expected = column.edges.flatMap((value) => [null, value]);
    const fields = expected.map((value) => (value === null ? null : column.encode(value)));
    const batch = decode(column, fields);
    expect(valuesOf(batch)).toEqual(expected);
    expect(batch.vectors[0]!.nullCount).toBe(column.edges.length);
  });

  test('gives what a naive decoder gives, for any bytes and NULLs', () => {
    const anyFields = fc.array(fc.option(fieldsOf(column), { nil: null }), { maxLength: 70 });
    fc.assert(
      fc.property(anyFields, (fields) => {
        const expected = fields.map((field) => (field === null ? null : column.decode(field)));
        expect(valuesOf(decode(column, fields))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test('writes zero, over old bytes, where a row is NULL', () => {
    const present = column.encode(column.edges[0]!);
    const vector = decode(column, [null, present, null]).vectors[0] as FixedVector & VariableVector;
    if (layoutOf(vector.type) === 'bit') expect(Number(vector.values[0]) & 0b101).toBe(0);
    else if (layoutOf(vector.type) === 'variable')
      expect([...vector.offsets]).toEqual([0, 0, present.length, present.length]);
    else {
      const { buffer, byteOffset, byteLength } = vector.values;
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      const width = byteLength / 3;
      for (const start of [0, 2 * width])
        expect(bytes.subarray(start, start + width).some(Boolean)).toBe(false);
    }
  });

  test('writes no rows, and only NULLs', () => {
    expect(valuesOf(decode(column, []))).toEqual([]);
    expect(valuesOf(decode(column, [null, null, null]))).toEqual([null, null, null]);
  });
});

describe.each(SAMPLE_COLUMNS.filter(({ name }) => name in WIDTHS))(
  'the kernel of $name',
  (column) => {
    test('refuses a value of another length', () => {
      const width = WIDTHS[column.name]!;
      for (const length of [0, width - 1, width + 1, 2 * width].filter((n) => n !== width))
        expect(() => decode(column, [Buffer.alloc(length)])).toThrow(WireError);
    });
  },
);

describe('special values are told', () => {
  test.each([
    ['date', 11_000, 0x7fffffff],
    ['date', -11_000, -0x80000000],
    ['timestamp', 1n, 2n ** 63n - 1n],
    ['timestamptz', -1n, -(2n ** 63n)],
    ['numeric(12,2)', '-1.50', 'NaN'],
  ] as const)('%s: not by %s, but by %s', (name, plain, special) => {
    const column = SAMPLE_COLUMNS.find((candidate) => candidate.name === name)!;
    const ordinary = column.encode(plain);
    expect(decode(column, [ordinary, null]).vectors[0]!.hasSpecial).toBe(false);
    const both = decode(column, [ordinary, column.encode(special), ordinary]);
    expect(both.vectors[0]!.hasSpecial).toBe(true);
  });

  test('timestamps past 294246, which leave the range, too', () => {
    const column = SAMPLE_COLUMNS.find(({ name }) => name === 'timestamp')!;
    const last = Buffer.alloc(8);
    // 294276-12-31 23:59:59.999999, PostgreSQL's last, counted from 2000.
    last.writeBigInt64BE(9_223_371_331_199_999_999n);
    expect(decode(column, [last]).vectors[0]!.hasSpecial).toBe(true);
  });
});

test('numerics at the borders of words come back, positive and negative', () => {
  for (const scale of [0, 2]) {
    const column = SAMPLE_COLUMNS.find(
      ({ name }) => name === (scale === 0 ? 'numeric(38,0)' : 'numeric(12,2)'),
    )!;
    const borders = [31, 32, 33, 36, 64, 65, 96, 97]
      .filter((bits) => scale === 0 || bits < 39)
      .map((bits) => 2n ** BigInt(bits))
      .flatMap((border) => [border - 1n, border, border + 1n, 3n * border])
      .flatMap((value) => [value, -value]);
    const texts = borders.map((value) => {
      const digits = String(value < 0n ? -value : value);
      const placed = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
      return `${value < 0n ? '-' : ''}${placed}`;
    });
    expect(
      valuesOf(
        decode(
          column,
          texts.map((text) => Buffer.from(text)),
        ),
      ),
    ).toEqual(texts);
  }
});

describe('a numeric that is none is a WireError', () => {
  const column = (name: string): SampleColumn => SAMPLE_COLUMNS.find((it) => it.name === name)!;

  test.each([
    ['numeric(12,2)', '1.5'],
    ['numeric(12,2)', '1.500'],
    ['numeric(12,2)', '150'],
    ['numeric(12,2)', '1e2'],
    ['numeric(12,2)', '+1.00'],
    ['numeric(12,2)', '1.2.34'],
    ['numeric(12,2)', '123456789012.3.45'],
    ['numeric(12,2)', 'Infinity'],
    ['numeric(12,2)', '-Infinity'],
    ['numeric(12,2)', 'Nan'],
    ['numeric(12,2)', 'N'],
    ['numeric(12,2)', 'NaN0'],
    ['numeric(12,2)', ''],
    ['numeric(12,2)', '-'],
    ['numeric(38,0)', ''],
    ['numeric(38,0)', '-'],
    ['numeric(38,0)', '1.'],
    ['numeric(12,2)', '.50'],
    ['numeric(38,0)', `2${'0'.repeat(38)}`],
    ['numeric(38,0)', `4${'0'.repeat(38)}`],
    ['numeric(38,0)', '9'.repeat(200)],
    ['numeric(38,0)', String(2n ** 127n)],
  ])('%s: %j', (name, text) => {
    expect(() => decode(column(name), [Buffer.from(text)])).toThrow(WireError);
  });

  test('also when it is empty and a name follows it on the wire', () => {
    const rows = rowsOf([Buffer.alloc(0)]);
    const at = rows.scan.fields[1]! + 4;
    const bytes = Buffer.from(rows.bytes);
    bytes[at] = 0x4e;
    const frame = layOutBatch(
      { fields: [{ name: 'v', type: columnDecoder(column('numeric(38,0)').description).type }] },
      1,
      [],
    );
    const { decode: kernel, type } = columnDecoder(column('numeric(38,0)').description);
    const scan = { ...rows.scan, fields: rows.scan.fields.subarray(1) };
    expect(() => kernel({ ...rows, bytes, scan }, 0, frame, type)).toThrow(WireError);
  });
});
