import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantError } from './assert.js';
import { Batch } from './batch.js';
import { BatchBuilder } from './batch-builder.js';
import type { DataType } from './data-type.js';
import type { Schema } from './schema.js';
import { ODD_ROW_COUNTS, SAMPLE_TYPES } from './testing/sample-types.js';
import type { FixedVector, Value, VariableVector, Vector } from './vector.js';
import { verifyBatch } from './verify.js';

/** Values of a type, as `Vector.at` gives them. */
function valuesOf(type: DataType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'bool':
      return fc.boolean();
    case 'int16':
      return fc.integer({ min: -32_768, max: 32_767 });
    case 'int32':
    case 'date':
      return fc.integer();
    case 'uint32':
      return fc.nat({ max: 0xffffffff });
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'timestamp':
      // Below lie only -infinity and what has wrapped around.
      return fc.bigInt({ min: -(2n ** 58n), max: 2n ** 63n - 1n });
    case 'float32':
      return fc.float();
    case 'float64':
      return fc.double();
    case 'decimal': {
      const limit = 10n ** BigInt(type.precision) - 1n;
      return fc.bigInt({ min: -limit, max: limit }).map((value) => decimalText(value, type.scale));
    }
    case 'uuid':
      return fc.uuid();
    case 'utf8':
      return fc.string({ unit: 'binary', maxLength: 20 });
    case 'binary':
      return fc.uint8Array({ maxLength: 20 });
  }
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = digits.length - scale;
  const fraction = scale > 0 ? `.${digits.slice(point)}` : '';
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}${fraction}`;
}

/** Hands out a buffer full of old bytes, as a recycled one is. */
function dirtyBuffer(byteLength: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(byteLength + 64);
  new Uint8Array(buffer).fill(0xff);
  return buffer;
}

function build(schema: Schema, rows: readonly (readonly Value[])[]): Batch {
  const builder = new BatchBuilder(schema, { source: dirtyBuffer });
  for (const row of rows) builder.append(row);
  const buffer = builder.finish();
  verifyBatch(schema, buffer);
  return new Batch(schema, buffer);
}

const oneColumn = (type: DataType): Schema => ({ fields: [{ name: 'c', type }] });
const vectorOf = (batch: Batch): Vector => batch.vectors[0] as Vector;
const readAll = (vector: Vector): Value[] =>
  Array.from({ length: vector.length }, (_, row) => vector.at(row));

describe.each(SAMPLE_TYPES)('a column of $name', ({ type, edges }) => {
  test('gives back its extremes, each beside a NULL', () => {
    const values = edges.flatMap((value) => [value, null]);
    const vector = vectorOf(
      build(
        oneColumn(type),
        values.map((value) => [value]),
      ),
    );
    expect(readAll(vector)).toEqual(values);
    expect(vector.nullCount).toBe(edges.length);
    expect(vector.type).toEqual(type);
  });

  test('gives back any values and NULLs', () => {
    const columns = fc.array(fc.option(valuesOf(type), { nil: null }), { maxLength: 70 });
    fc.assert(
      fc.property(columns, (values) => {
        const vector = vectorOf(
          build(
            oneColumn(type),
            values.map((value) => [value]),
          ),
        );
        expect(readAll(vector)).toEqual(values);
        expect(vector.nullCount).toBe(values.filter((value) => value === null).length);
      }),
      { numRuns: 60 },
    );
  });

  test.each(ODD_ROW_COUNTS)('holds %i rows, every third NULL', (rowCount) => {
    const values = Array.from({ length: rowCount }, (_, row) =>
      row % 3 === 1 ? null : (edges[row % edges.length] as Value),
    );
    const batch = build(
      oneColumn(type),
      values.map((value) => [value]),
    );
    expect(batch.rowCount).toBe(rowCount);
    expect(readAll(vectorOf(batch))).toEqual(values);
  });

  test('holds zero, not old bytes, where a row is NULL', () => {
    const vector = vectorOf(build(oneColumn(type), [[null], [null], [null]]));
    if (type.kind === 'utf8' || type.kind === 'binary') {
      expect([...(vector as VariableVector).offsets]).toEqual([0, 0, 0, 0]);
      return;
    }
    const { values } = vector as FixedVector;
    expect(new Uint8Array(values.buffer, values.byteOffset, values.byteLength).some(Boolean)).toBe(
      false,
    );
  });
});

describe('hasSpecial', () => {
  test.each([
    [{ kind: 'decimal', precision: 5, scale: 2 }, '1.50', 'NaN'],
    [{ kind: 'date' }, 0x7ffffffe, 0x7fffffff],
    [{ kind: 'date' }, -0x7fffffff, -0x80000000],
    [{ kind: 'timestamp', utc: true }, 2n ** 63n - 2n, 2n ** 63n - 1n],
    [{ kind: 'timestamp', utc: false }, -(2n ** 58n), -(2n ** 63n)],
  ] as [DataType, Value, Value][])('of %o: not with %s, but with %s', (type, plain, special) => {
    expect(vectorOf(build(oneColumn(type), [[plain], [null]])).hasSpecial).toBe(false);
    expect(vectorOf(build(oneColumn(type), [[plain], [special], [plain]])).hasSpecial).toBe(true);
  });

  test('of floats and integers: never, for Arrow has their extremes', () => {
    const schema: Schema = {
      fields: [
        { name: 'f', type: { kind: 'float64' } },
        { name: 'i', type: { kind: 'int64' } },
      ],
    };
    const batch = build(schema, [[NaN, 2n ** 63n - 1n]]);
    expect(batch.vectors.map((vector) => vector.hasSpecial)).toEqual([false, false]);
  });
});

describe('rows of several columns', () => {
  const schemas = fc.array(fc.constantFrom(...SAMPLE_TYPES), { maxLength: 8 });

  test('come back whole, with columns of the same name side by side', () => {
    const tables = schemas.chain((types) =>
      fc.record({
        types: fc.constant(types),
        rows: fc.array(
          fc.tuple(...types.map(({ type }) => fc.option(valuesOf(type), { nil: null }))),
          { maxLength: 20 },
        ),
      }),
    );
    fc.assert(
      fc.property(tables, ({ types, rows }) => {
        const schema = { fields: types.map(({ type }) => ({ name: 'same', type })) };
        const batch = build(schema, rows);
        expect(batch.rowCount).toBe(rows.length);
        expect(rows.map((_, row) => batch.vectors.map((vector) => vector.at(row)))).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  test.each(ODD_ROW_COUNTS)('of zero columns: %i rows have a count and nothing else', (rows) => {
    const batch = build({ fields: [] }, new Array(rows).fill([]));
    expect(batch.rowCount).toBe(rows);
    expect(batch.vectors).toEqual([]);
    expect(batch.toRows()).toEqual(new Array(rows).fill({}));
  });
});

describe('the builder', () => {
  const schema: Schema = {
    fields: [
      { name: 'n', type: { kind: 'int32' } },
      { name: 't', type: { kind: 'utf8' } },
    ],
  };

  test('is full by rows', () => {
    const builder = new BatchBuilder(schema, { maxRows: 2 });
    builder.append([1, 'a']);
    expect(builder.full).toBe(false);
    builder.append([2, 'b']);
    expect(builder.full).toBe(true);
    expect(builder.rowCount).toBe(2);
  });

  test('is full by bytes of values', () => {
    const builder = new BatchBuilder(schema, { maxBytes: 100 });
    builder.append([1, 'x'.repeat(80)]);
    expect(builder.full).toBe(false);
    builder.append([2, 'xxxx']);
    expect(builder.full).toBe(true);
  });

  test('starts empty again after each batch', () => {
    const builder = new BatchBuilder(schema, { maxRows: 1, maxBytes: 8 });
    for (const row of [
      [1, 'first'],
      [2, null],
    ]) {
      builder.append(row);
      expect(new Batch(schema, builder.finish()).toRows()).toEqual([{ n: row[0], t: row[1] }]);
      expect([builder.rowCount, builder.full]).toEqual([0, false]);
    }
    expect(new Batch(schema, builder.finish()).rowCount).toBe(0);
  });

  test('refuses a row of another width, text for bytes, digits past the scale, room for nothing', () => {
    const builder = new BatchBuilder(schema);
    expect(() => builder.append([1])).toThrow(InvariantError);
    expect(() => builder.append([1, 'a', 2])).toThrow(InvariantError);
    const bytes = new BatchBuilder(oneColumn({ kind: 'binary' }));
    bytes.append(['text']);
    expect(() => bytes.finish()).toThrow(InvariantError);
    const decimals = new BatchBuilder(oneColumn({ kind: 'decimal', precision: 5, scale: 1 }));
    decimals.append(['1.25']);
    expect(() => decimals.finish()).toThrow(InvariantError);
    expect(() => new BatchBuilder(schema, { maxRows: 0 })).toThrow(InvariantError);
    expect(() => new BatchBuilder(schema, { maxBytes: 0 })).toThrow(InvariantError);
  });
});
