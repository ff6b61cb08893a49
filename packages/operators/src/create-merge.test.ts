import type { Schema, Value } from '@millrace/batch';
import { describe, expect, test } from 'vitest';
import type { Pipeline, SortKey } from './pipeline.js';
import { compareByKeys, comparePlain } from './testing/plain-order.js';
import { SAMPLE_COLUMNS, SEED, sampleValue, seededBelow } from './testing/random-rows.js';
import { batchesOf, type Row, runMerge } from './testing/run-merge.js';

const RUNS = 60;
const BATCH_ROWS = [1, 2, 7, 64, 65_536];

interface Scene {
  readonly schema: Schema;
  readonly keys: readonly SortKey[];
  readonly inputs: readonly (readonly Row[])[];
  readonly below: (end: number) => number;
  readonly pick: () => number;
}

/** Random columns (the last one numbers the rows), keys over some of them, and rows for some inputs. */
function scene(seed: number): Scene {
  const below = seededBelow(seed);
  const columns = Array.from(
    { length: 1 + below(3) },
    () => SAMPLE_COLUMNS[below(SAMPLE_COLUMNS.length)]!,
  );
  const keys = columns.map(({ order }, column) => ({
    column,
    order,
    descending: below(2) === 0,
    nullsFirst: below(2) === 0,
  }));
  let number = 0;
  const inputs = Array.from({ length: 1 + below(5) }, () =>
    Array.from({ length: below(4) === 0 ? 0 : below(120) }, () => [
      ...columns.map((column) => sampleValue(column, below)),
      number++,
    ]),
  );
  const fields = columns.map(({ type }, i) => ({ name: `c${i}`, type }));
  return {
    schema: { fields: [...fields, { name: 'number', type: { kind: 'int32' } }] },
    keys,
    inputs,
    below,
    pick: () => BATCH_ROWS[below(BATCH_ROWS.length)]!,
  };
}

function typesOf({ schema }: Scene): Schema['fields'][number]['type'][] {
  return schema.fields.map(({ type }) => type);
}

function pipelineOf({ schema, inputs, pick }: Scene, rest: Partial<Pipeline>): Pipeline {
  return {
    inputCount: inputs.length,
    input: schema,
    combine: { kind: 'gather' },
    sort: [],
    limit: undefined,
    columns: schema.fields.map((_, column) => column),
    batchRows: pick(),
    ...rest,
  };
}

function run(given: Scene, pipeline: Pipeline): Value[][] {
  const batches = given.inputs.map((rows) => batchesOf(given.schema, rows, given.pick()));
  return runMerge(pipeline, batches, given.below).rows;
}

const byNumber = (a: Row, b: Row): number => (a.at(-1) as number) - (b.at(-1) as number);
const seeds = Array.from({ length: RUNS }, (_, i) => SEED + i);

describe(`createMerge (seed ${SEED})`, () => {
  test('gathers every row once, and stops at its limit', () => {
    for (const seed of seeds) {
      const given = scene(seed);
      const all = given.inputs.flat();
      expect(run(given, pipelineOf(given, {})).sort(byNumber), `seed ${seed}`).toEqual(all);
      const limit = { offset: given.below(50), count: given.below(50), withTies: false };
      const some = run(given, pipelineOf(given, { limit }));
      const expected = Math.max(0, Math.min(limit.count, all.length - limit.offset));
      expect(some.length, `seed ${seed}`).toBe(expected);
    }
  });

  test('gives the columns that are asked for, in their order', () => {
    const given = scene(seeds[0]!);
    const last = given.schema.fields.length - 1;
    const rows = run(given, pipelineOf(given, { columns: [last, 0, last] }));
    const expected = given.inputs.flat().map((row) => [row[last]!, row[0]!, row[last]!]);
    expect(rows.sort(byNumber)).toEqual(expected);
  });

  test('merges sorted inputs to what sorting them all gives, equal rows by their inputs', () => {
    for (const seed of seeds) {
      const given = scene(seed);
      const compare = compareByKeys(typesOf(given), given.keys);
      const inputs = given.inputs.map((rows) => [...rows].sort(compare));
      const combine = { kind: 'ordered', keys: given.keys } as const;
      const rows = run({ ...given, inputs }, pipelineOf(given, { combine }));
      expect(rows, `seed ${seed}`).toEqual(inputs.flat().sort(compare));
    }
  });

  test('is over at once without inputs, but for the one group that has no keys', () => {
    const given = { ...scene(seeds[0]!), inputs: [] };
    const keys = given.keys;
    const columns = [given.schema.fields.length - 1];
    const limit = { offset: 0, count: 0, withTies: false };
    const one = {
      kind: 'aggregate',
      keys: [],
      accumulators: [{ kernel: 'count', columns }],
    } as const;
    const combine = { kind: 'ordered', keys } as const;
    expect(run(given, pipelineOf(given, { combine }))).toEqual([]);
    expect(run(given, pipelineOf(given, { sort: keys }))).toEqual([]);
    expect(run(given, pipelineOf(given, { combine: one, columns: [0] }))).toEqual([[0n]]);
    expect(run(given, pipelineOf(given, { combine: one, columns: [0], limit }))).toEqual([]);
  });

  test('sorts what was gathered, with offset, limit and ties', () => {
    for (const seed of seeds) {
      const given = scene(seed);
      const compare = compareByKeys(typesOf(given), given.keys);
      const limit = {
        offset: given.below(20),
        count: given.below(3) === 0 ? undefined : given.below(40),
        withTies: given.below(2) === 0,
      };
      const rows = run(given, pipelineOf(given, { sort: given.keys, limit }));
      const sorted = given.inputs.flat().sort(compare);
      const end = limit.offset + (limit.count ?? sorted.length);
      const last = sorted[end - 1];
      const ties = (row: Row, i: number): boolean =>
        i < end ||
        (limit.withTies && limit.count !== 0 && last !== undefined && compare(row, last) === 0);
      const expected = sorted.filter((row, i) => i >= limit.offset && ties(row, i));
      const keysOnly = (list: readonly Row[]): Row[] =>
        list.map((row) => given.keys.map(({ column }) => row[column]!));
      expect(rows.length, `seed ${seed}`).toBe(expected.length);
      expect(sameRows(given, keysOnly(rows), keysOnly(expected)), `seed ${seed}`).toBe(true);
    }
  });

  test('cuts an ordered merge with ties, over the border of batches', () => {
    for (const seed of seeds) {
      const given = scene(seed);
      const keys = given.keys.slice(0, 1);
      const compare = compareByKeys(typesOf(given), keys);
      const inputs = given.inputs.map((rows) => [...rows].sort(compare));
      const limit = { offset: given.below(5), count: 1 + given.below(20), withTies: true };
      const combine = { kind: 'ordered', keys } as const;
      const rows = run({ ...given, inputs }, pipelineOf(given, { combine, limit }));
      const sorted = inputs.flat().sort(compare);
      const last = sorted[Math.min(limit.offset + limit.count, sorted.length) - 1];
      const expected = sorted.filter(
        (row, i) =>
          i >= limit.offset && (i < limit.offset + limit.count || compare(row, last!) === 0),
      );
      expect(rows, `seed ${seed}`).toEqual(expected);
    }
  });

  test('makes one row of each group, and one of none without keys', () => {
    for (const seed of seeds) {
      const given = scene(seed);
      const keys = given.keys.map(({ column, order }) => ({ column, order }));
      const combine = { kind: 'aggregate', keys, accumulators: [] } as const;
      const columns = keys.map((_, i) => i);
      const rows = run(given, pipelineOf(given, { combine, columns }));
      const groups: Row[] = [];
      for (const row of given.inputs.flat()) {
        if (!groups.some((group) => sameKey(given, group, row))) groups.push(row);
      }
      expect(rows.length, `seed ${seed}`).toBe(groups.length);
      for (const group of groups) {
        expect(rows.filter((row) => sameKey(given, group, row)).length, `seed ${seed}`).toBe(1);
      }
    }
  });

  function sameKey(given: Scene, a: Row, b: Row): boolean {
    return compareByKeys(typesOf(given), given.keys)(a, b) === 0;
  }

  function sameRows(given: Scene, a: readonly Row[], b: readonly Row[]): boolean {
    return a.every((row, i) =>
      row.every((value, key) => {
        const other = b[i]![key]!;
        if (value === null || other === null) return value === other;
        const { column, order } = given.keys[key]!;
        return comparePlain(given.schema.fields[column]!.type, order, value, other) === 0;
      }),
    );
  }
});
