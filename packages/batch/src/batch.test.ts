import { describe, expect, test } from 'vitest';
import { InvariantError } from './assert.js';
import { Batch } from './batch.js';
import { BatchBuilder } from './batch-builder.js';
import type { Schema } from './schema.js';

const schema: Schema = {
  fields: [
    { name: 'n', type: { kind: 'int32' } },
    { name: 't', type: { kind: 'utf8' } },
  ],
};

function buffer(): SharedArrayBuffer {
  const builder = new BatchBuilder(schema);
  builder.append([1, 'one']);
  builder.append([2, null]);
  return builder.finish();
}

describe('a batch', () => {
  test('tells its rows, its shard and its bytes', () => {
    const shared = buffer();
    const batch = new Batch(schema, shared, { shard: 'west' });
    expect(batch.rowCount).toBe(2);
    expect(batch.shard).toBe('west');
    expect(batch.byteLength).toBe(shared.byteLength);
    expect(batch.buffer).toBe(shared);
    expect(new Batch(schema, shared).shard).toBeUndefined();
  });

  test('makes rows of exact values, or those that its reader makes', () => {
    expect(new Batch(schema, buffer()).toRows()).toEqual([
      { n: 1, t: 'one' },
      { n: 2, t: null },
    ]);
    const toRows = (batch: Batch): { rows: number }[] => [{ rows: batch.rowCount }];
    expect(new Batch(schema, buffer(), { toRows }).toRows()).toEqual([{ rows: 2 }]);
  });

  test('has the same vectors every time, over the shared memory', () => {
    const batch = new Batch(schema, buffer());
    expect(batch.vectors).toBe(batch.vectors);
    expect(batch.vectors.map((vector) => vector.validity.buffer)).toEqual([
      batch.buffer,
      batch.buffer,
    ]);
  });

  test('is refused without a batch header, or with another number of columns', () => {
    expect(() => new Batch(schema, new SharedArrayBuffer(1024))).toThrow(InvariantError);
    const fewer = { fields: schema.fields.slice(1) };
    expect(() => new Batch(fewer, buffer())).toThrow(InvariantError);
  });
});

describe('a released batch', () => {
  test('gives its buffer back once', () => {
    const given: SharedArrayBuffer[] = [];
    const shared = buffer();
    const batch = new Batch(schema, shared, { release: (back) => given.push(back) });
    expect(given).toEqual([]);
    batch.release();
    batch.release();
    expect(given).toEqual([shared]);
  });

  test('can be released without anybody to give the buffer to', () => {
    expect(() => new Batch(schema, buffer()).release()).not.toThrow();
  });

  test.each([
    ['buffer', (batch: Batch) => batch.buffer],
    ['vectors', (batch: Batch) => batch.vectors],
    ['rows', (batch: Batch) => batch.toRows()],
    ['retain', (batch: Batch) => batch.retain()],
    ['bytes', (batch: Batch) => batch.byteLength],
  ])('is not read any more: %s', (_, use) => {
    const batch = new Batch(schema, buffer());
    use(batch);
    const other = new Batch(schema, buffer());
    other.release();
    expect(() => use(other)).toThrow(InvariantError);
  });

  test('says how to keep it', () => {
    const batch = new Batch(schema, buffer());
    batch.release();
    expect(() => batch.vectors).toThrow(/retain\(\)/);
  });
});

describe('a retained batch', () => {
  test('keeps its buffer when it is released', () => {
    const given: SharedArrayBuffer[] = [];
    const batch = new Batch(schema, buffer(), { release: (back) => given.push(back) });
    expect(batch.retain()).toBe(batch);
    batch.release();
    expect(given).toEqual([]);
    expect(batch.toRows()).toHaveLength(2);
  });
});
