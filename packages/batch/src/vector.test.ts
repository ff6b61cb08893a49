import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantError } from './assert.js';
import { Batch } from './batch.js';
import { BatchBuilder } from './batch-builder.js';
import { sameType, typeName } from './data-type.js';
import { SAMPLE_TYPES } from './testing/sample-types.js';
import { BitVector, FixedVector, formatUuid, VariableVector, type Vector } from './vector.js';

function vectorOf(sample: (typeof SAMPLE_TYPES)[number]): Vector {
  const schema = { fields: [{ name: 'c', type: sample.type }] };
  const builder = new BatchBuilder(schema);
  for (const value of sample.edges) builder.append([value]);
  return new Batch(schema, builder.finish()).vectors[0] as Vector;
}

const CLASS = { bool: BitVector, utf8: VariableVector, binary: VariableVector } as const;

describe.each(SAMPLE_TYPES)('a vector of $name', (sample) => {
  test('has the class of its layout, and as many values as rows', () => {
    const vector = vectorOf(sample);
    const expected = CLASS[sample.type.kind as keyof typeof CLASS] ?? FixedVector;
    expect(vector).toBeInstanceOf(expected);
    expect(vector.length).toBe(sample.edges.length);
    expect(vector.validity).toHaveLength((sample.edges.length + 7) >> 3);
  });

  test('refuses rows that are not in the batch', () => {
    const vector = vectorOf(sample);
    for (const row of [-1, vector.length, vector.length + 7]) {
      expect(() => vector.at(row)).toThrow(InvariantError);
      expect(() => vector.isNull(row)).toThrow(InvariantError);
    }
  });
});

test.each([
  ['int16', Int16Array],
  ['int32', Int32Array],
  ['uint32', Uint32Array],
  ['int64', BigInt64Array],
  ['float32', Float32Array],
  ['float64', Float64Array],
  ['date', Int32Array],
  ['timestamp', BigInt64Array],
  ['timestamp(utc)', BigInt64Array],
] as const)('values of %s are a typed array of the exact values', (name, arrayClass) => {
  const sample = SAMPLE_TYPES.find((candidate) => candidate.name === name)!;
  const { values } = vectorOf(sample) as FixedVector;
  expect(values).toBeInstanceOf(arrayClass);
  expect([...(values as Iterable<number | bigint>)]).toEqual(sample.edges);
});

test('bytes that were read stay as they are when the batch is written again', () => {
  const sample = SAMPLE_TYPES.find(({ name }) => name === 'binary')!;
  const vector = vectorOf(sample) as VariableVector;
  const bytes = vector.at(2);
  vector.data.fill(0x55);
  expect(bytes).toEqual(sample.edges[2]);
});

test('a UUID is written as eight, four, four, four and twelve lower-case digits', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(5), (bytes, offset) => {
      const hex = Buffer.from(bytes).toString('hex');
      const naive = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      const padded = Buffer.concat([new Uint8Array(offset).fill(0xaa), bytes]);
      expect(formatUuid(padded, offset)).toBe(naive);
    }),
  );
});

describe('types', () => {
  test('have names that tell them apart', () => {
    expect(SAMPLE_TYPES.map(({ type }) => typeName(type))).toEqual(
      SAMPLE_TYPES.map(({ name }) => name),
    );
  });

  test('are the same when kind and parameters are', () => {
    for (const a of SAMPLE_TYPES) {
      for (const b of SAMPLE_TYPES) expect(sameType({ ...a.type }, b.type)).toBe(a === b);
    }
  });
});
