/** Each kernel against a loop over plain values: random groups, NULLs, several inputs, batches of every size. */
import type { DataType, Value } from '@millrace/batch';
import { describe, expect, test } from 'vitest';
import { addNumeric, divide } from '../numeric/arithmetic.js';
import {
  type FiniteNumeric,
  formatNumeric,
  type Numeric,
  parseNumeric,
} from '../numeric/numeric.js';
import type { Pipeline } from '../pipeline.js';
import { comparePlain } from '../testing/plain-order.js';
import { SAMPLE_COLUMNS, SEED, sampleValue, seededBelow } from '../testing/random-rows.js';
import { batchesOf, runMerge } from '../testing/run-merge.js';

const INT64: DataType = { kind: 'int64' };
const TEXT: DataType = { kind: 'utf8' };
const GROUPS = 9;
const below = seededBelow(SEED);

type Draw = () => Value;

const orNull =
  (draw: Draw): Draw =>
  () =>
    below(5) === 0 ? null : draw();
const longs: Draw = orNull(() => BigInt(below(2000) - 1000) * 2n ** BigInt(below(48)));

/** The result of each group by number; `columns` draw the partial values. Group 0 has only NULLs, the last is of no row. */
function aggregate(
  kernel: string,
  types: readonly DataType[],
  draws: readonly Draw[],
): { given: Value[][][]; results: Map<Value, Value> } {
  const given: Value[][][] = Array.from({ length: GROUPS }, () => []);
  const inputs = [0, 1, 2].map(() =>
    Array.from({ length: below(80) }, () => {
      const group = below(GROUPS);
      const values = draws.map((draw) => (group === 0 ? null : draw()));
      given[group]!.push(values);
      return [group, ...values];
    }),
  );
  const fields = [{ kind: 'int32' } as DataType, ...types].map((type) => ({ name: 'c', type }));
  const pipeline: Pipeline = {
    inputCount: inputs.length,
    input: { fields },
    combine: {
      kind: 'aggregate',
      keys: [{ column: 0, order: 'value' }],
      accumulators: [{ kernel, columns: types.map((_, i) => i + 1) }],
    },
    sort: [],
    limit: undefined,
    columns: [0, 1],
    batchRows: 1 + below(4),
  };
  const batches = inputs.map((rows) => batchesOf({ fields }, rows, 1 + below(30)));
  const { rows } = runMerge(pipeline, batches, below);
  return { given, results: new Map(rows.map(([group, value]) => [group!, value!])) };
}

/** Compares each group with what `fold` makes of its values that are not NULL; of none it is NULL. */
function check(
  kernel: string,
  type: DataType,
  draw: Draw,
  fold: (values: Value[]) => Value,
  none: Value = null,
): void {
  for (let run = 0; run < 10; run++) {
    const { given, results } = aggregate(kernel, [type], [draw]);
    given.forEach((rows, group) => {
      if (rows.length === 0) return;
      const values = rows.map(([value]) => value!).filter((value) => value !== null);
      expect(results.get(group), kernel).toEqual(values.length === 0 ? none : fold(values));
    });
  }
}

const total = (values: Value[]): bigint =>
  (values as bigint[]).reduce((sum, value) => sum + value, 0n);
const totalNumeric = (values: Value[]): Numeric =>
  values.map((value) => parseNumeric(String(value))).reduce(addNumeric);

describe(`kernels (seed ${SEED})`, () => {
  test('count is 0 of nothing', () => check('count', INT64, longs, total, 0n));

  test.each(['int16', 'int32'] as const)('sum of %s', (kind) =>
    check(
      'sum int8',
      { kind },
      orNull(() => below(60_000) - 30_000),
      (values) => values.reduce<bigint>((sum, value) => sum + BigInt(value as number), 0n),
    ),
  );
  test('sum of int8', () => check('sum int8', INT64, longs, total));

  test('sum of int8 as numeric', () => {
    check('sum numeric', INT64, longs, (values) => String(total(values)));
  });

  test.each(
    SAMPLE_COLUMNS.filter(({ type, order }) => order === 'numeric' || type.kind === 'decimal'),
  )('sum of numerics in the layout $type.kind', (column) => {
    check(
      'sum numeric',
      column.type,
      () => sampleValue(column, below),
      (values) => formatNumeric(totalNumeric(values)),
    );
  });

  test('average is the quotient of sums', () => {
    const { given, results } = aggregate(
      'avg numeric',
      [TEXT, INT64],
      [() => `${below(1000)}.${below(10)}`, () => BigInt(1 + below(9))],
    );
    given.forEach((rows, group) => {
      if (rows.length === 0 || group === 0) return;
      const sum = totalNumeric(rows.map(([value]) => value!)) as FiniteNumeric;
      const count = { unscaled: total(rows.map(([, n]) => n!)), scale: 0 };
      expect(results.get(group)).toBe(formatNumeric(divide(sum, count)));
    });
    expect(results.get(0) ?? null).toBeNull();
  });

  test.each(SAMPLE_COLUMNS.filter(({ type }) => type.kind !== 'bool'))(
    'least and greatest of $type.kind by $order',
    (column) => {
      const { type, order } = column;
      const names = {
        value: '',
        bytes: ' text',
        bpchar: ' bpchar',
        numeric: ' numeric',
        ranked: '',
      };
      for (const [name, sign] of [
        ['min', 1],
        ['max', -1],
      ] as const) {
        const { given, results } = aggregate(
          `${name}${names[order]}`,
          [type],
          [() => sampleValue(column, below)],
        );
        given.forEach((rows, group) => {
          const values = rows.map(([value]) => value!).filter((value) => value !== null);
          if (rows.length === 0) return;
          const found = results.get(group)!;
          if (values.length === 0) {
            expect(found).toBeNull();
            return;
          }
          const [best] = values.sort((a, b) => sign * comparePlain(type, order, a, b));
          expect(comparePlain(type, order, found, best!), name).toBe(0);
        });
      }
    },
  );

  test.each([
    ['and', (a: bigint, b: bigint) => a & b],
    ['or', (a: bigint, b: bigint) => a | b],
    ['xor', (a: bigint, b: bigint) => a ^ b],
  ])('bits by %s', (kernel, fold) => {
    check(kernel, INT64, longs, (values) => (values as bigint[]).reduce(fold));
  });

  test('booleans by and, by or', () => {
    const draw = orNull(() => below(3) > 0);
    check('and', { kind: 'bool' }, draw, (values) => values.every(Boolean));
    check('or', { kind: 'bool' }, draw, (values) => values.some(Boolean));
  });

  test.each([
    ['sum int8', INT64, 2n ** 62n, 'bigint out of range'],
    ['count', INT64, 2n ** 62n, 'bigint out of range'],
    ['sum float', { kind: 'float64' } as DataType, 1.5e308, 'value out of range: overflow'],
    ['sum float', { kind: 'float32' } as DataType, 3e38, 'value out of range: overflow'],
  ])('%s of too much is an error, not a wrong sum', (kernel, type, value, message) => {
    const error = { name: 'SqlValueError', code: '22003', message };
    expect(() => aggregate(kernel, [type], [() => value])).toThrow(expect.objectContaining(error));
  });

  test('an unknown kernel is refused by name', () => {
    expect(() => aggregate('median', [INT64], [longs])).toThrow('the kernel is known (median)');
  });
});
