import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantError } from './assert.js';
import { layOutBatch } from './batch-frame.js';
import {
  ALIGNMENT,
  align,
  batchBytes,
  COLUMN_WORDS,
  ColumnWord,
  columnWord,
  HEADER_WORDS,
  layoutOf,
  MAGIC,
  valuesBytes,
  widthBytes,
} from './layout.js';
import type { Schema } from './schema.js';
import { ODD_ROW_COUNTS, SAMPLE_TYPES } from './testing/sample-types.js';

interface Part {
  readonly offset: number;
  readonly length: number;
}

const shapes = fc
  .record({
    types: fc.array(fc.constantFrom(...SAMPLE_TYPES), { maxLength: 12 }),
    rowCount: fc.integer({ min: 0, max: 300 }),
    seedBytes: fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 12, maxLength: 12 }),
  })
  .map(({ types, rowCount, seedBytes }) => ({
    schema: { fields: types.map(({ name, type }) => ({ name, type })) } satisfies Schema,
    rowCount,
    dataBytes: types.map((_, i) => seedBytes[i]!),
  }));

/** The parts of each column, by the header, in the order they must lie. */
function partsOf(schema: Schema, rowCount: number, header: Int32Array): Part[] {
  return schema.fields.flatMap(({ type }, column) => {
    const word = columnWord(column);
    const parts = [
      { offset: header[word + ColumnWord.validity]!, length: Math.ceil(rowCount / 8) },
      { offset: header[word + ColumnWord.values]!, length: valuesBytes(type, rowCount) },
    ];
    if (layoutOf(type) === 'variable') {
      const length = header[word + ColumnWord.dataBytes]!;
      parts.push({ offset: header[word + ColumnWord.data]!, length });
    }
    return parts;
  });
}

describe('layout', () => {
  test('rounds offsets up to the alignment', () => {
    expect([0, 1, 63, 64, 65, 128].map(align)).toEqual([0, 64, 64, 64, 128, 128]);
  });

  test.each(SAMPLE_TYPES)('$name: values take rows × width, bits or offsets', ({ type }) => {
    for (const rows of ODD_ROW_COUNTS) {
      const naive = {
        bit: Math.ceil(rows / 8),
        fixed: rows * widthBytes(type),
        variable: 4 * (rows + 1),
      }[layoutOf(type)];
      expect(valuesBytes(type, rows)).toBe(naive);
    }
    expect(widthBytes(type) > 0).toBe(layoutOf(type) === 'fixed');
  });
});

describe('layOutBatch', () => {
  test('aligns every part, in column order, without overlap, to the end of the batch', () => {
    fc.assert(
      fc.property(shapes, ({ schema, rowCount, dataBytes }) => {
        const { header, buffer } = layOutBatch(schema, rowCount, dataBytes);
        let end = 4 * (HEADER_WORDS + COLUMN_WORDS * schema.fields.length);
        for (const { offset, length } of partsOf(schema, rowCount, header)) {
          expect(offset % ALIGNMENT).toBe(0);
          expect(offset).toBeGreaterThanOrEqual(end);
          expect(offset - end).toBeLessThan(ALIGNMENT);
          end = offset + length;
        }
        expect(header[3]).toBe(align(end));
        expect(buffer.byteLength).toBe(align(end));
        expect(batchBytes(schema, rowCount, dataBytes)).toBe(align(end));
      }),
    );
  });

  test('writes every header word, also over the remains of another batch', () => {
    fc.assert(
      fc.property(shapes, ({ schema, rowCount, dataBytes }) => {
        const fresh = layOutBatch(schema, rowCount, dataBytes).header;
        const used = layOutBatch(schema, rowCount, dataBytes, (byteLength) => {
          const buffer = new SharedArrayBuffer(byteLength + 1000);
          new Uint8Array(buffer).fill(0xff);
          return buffer;
        }).header;
        expect(used).toEqual(fresh);
        expect([...fresh.subarray(0, 3)]).toEqual([MAGIC, rowCount, schema.fields.length]);
        schema.fields.forEach(({ type }, column) => {
          const word = columnWord(column);
          const variable = layoutOf(type) === 'variable';
          expect(fresh[word + ColumnWord.dataBytes]).toBe(variable ? dataBytes[column] : 0);
          expect(fresh[word + ColumnWord.nullCount]).toBe(0);
          expect(fresh[word + ColumnWord.flags]).toBe(0);
          if (!variable) expect(fresh[word + ColumnWord.data]).toBe(0);
        });
      }),
    );
  });

  test('refuses a buffer that is too small', () => {
    const schema: Schema = { fields: [{ name: 'n', type: { kind: 'int64' } }] };
    expect(() =>
      layOutBatch(schema, 100, [], (byteLength) => new SharedArrayBuffer(byteLength - 1)),
    ).toThrow(InvariantError);
  });

  test('refuses a batch of 2 GiB before it asks for its memory', () => {
    const schema: Schema = { fields: [{ name: 't', type: { kind: 'utf8' } }] };
    const source = (): never => {
      throw new Error('asked');
    };
    expect(() => layOutBatch(schema, 1, [2 ** 31], source)).toThrow(InvariantError);
  });
});
