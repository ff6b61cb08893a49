import { describe, expect, it } from 'vitest';
import { ExasolProtocolError } from '../errors.js';
import { cellReader, type ExasolValue } from './cell-values.js';
import type { ExasolType } from './exasol-type.js';

const decimal = (precision: number, scale: number): ExasolType => ({
  type: 'DECIMAL',
  precision,
  scale,
});

const CASES: readonly (readonly [ExasolType, readonly unknown[], readonly ExasolValue[]])[] = [
  [{ type: 'BOOLEAN' }, [true, false, null], [true, false, null]],
  [decimal(15, 0), [0, -999999999999999, null], [0, -999999999999999, null]],
  [decimal(9, 0), ['7', 8], [7, 8]],
  [decimal(16, 0), [1, '9007199254740993', null], [1n, 9007199254740993n, null]],
  [decimal(18, 0), ['-999999999999999999', 0], [-999999999999999999n, 0n]],
  [
    decimal(36, 0),
    ['123456789012345678901234567890123456'],
    [123456789012345678901234567890123456n],
  ],
  [decimal(10, 5), ['0.7', null, 0.5, 1e-7, 3], ['0.7', null, '0.5', '0', '3']],
  [decimal(15, 10), [1e-7], ['0.0000001']],
  [decimal(20, 10), [3, '12345678901234567'], ['3', '12345678901234567']],
  [{ type: 'DOUBLE' }, [1.5, '1000000000000000000', null], [1.5, 1e18, null]],
  [{ type: 'DATE' }, ['2024-02-29', null], ['2024-02-29', null]],
  [{ type: 'VARCHAR', size: 9 }, ['1234567890123456', null], ['1234567890123456', null]],
];

describe('cellReader', () => {
  it.each(CASES)('%j: %j', (type, cells, expected) => {
    expect(cellReader(type)([...cells])).toEqual(expected);
  });

  it.each([
    [{ type: 'BOOLEAN' } as ExasolType, 1],
    [{ type: 'DATE' } as ExasolType, 5],
    [{ type: 'DOUBLE' } as ExasolType, 'abc'],
    [{ type: 'DOUBLE' } as ExasolType, ''],
    [{ type: 'DOUBLE' } as ExasolType, true],
    [decimal(18, 0), '1.5'],
    [decimal(18, 0), 1.5],
    [decimal(18, 0), 2 ** 53],
    [decimal(18, 2), true],
    [decimal(18, 2), 1.5],
    [{ type: 'VARCHAR', size: 1 } as ExasolType, undefined],
  ])('refuses a cell that is none of %j', (type, cell) => {
    expect(() => cellReader(type)([null, cell])).toThrow(ExasolProtocolError);
  });
});
