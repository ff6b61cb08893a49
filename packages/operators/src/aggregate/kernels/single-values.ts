/** A value as the partial values of a group that holds nothing else: what `distinct-kernels` feeds the other kernels with. */
import { assert, type DataType, typeName, type Value } from '@millrace/batch';
import { multiply } from '../../numeric/arithmetic.js';
import { formatNumeric, isFiniteNumeric, parseNumeric } from '../../numeric/numeric.js';
import type { Kernel } from '../aggregate-state.js';
import type { SingleValue } from './distinct-kernels.js';
import { floatSumKernel } from './float-kernels.js';
import { countKernel, longSumKernel } from './long-kernels.js';
import { floatAverageKernel } from './moment-kernels.js';
import { numericAverageKernel, numericSumKernel } from './numeric-kernels.js';

const INT64: DataType = { kind: 'int64' };
const FLOAT64: DataType = { kind: 'float64' };
const TEXT: DataType = { kind: 'utf8' };

export function singleCount(): SingleValue {
  return { kernel: countKernel, types: [INT64], partials: () => [1n] };
}

/** Of int2 and int4 an int8, of int8 and numeric a numeric, of a float the same. */
export function singleSum(type: DataType): SingleValue {
  if (isFloat(type)) return { kernel: floatSumKernel, types: [type], partials: (x) => [x] };
  const kernel = type.kind === 'int16' || type.kind === 'int32' ? longSumKernel : numericSumKernel;
  return { kernel, types: [exactType(type)], partials: (x) => [exact(x)] };
}

export function singleAverage(type: DataType): SingleValue {
  if (isFloat(type)) {
    return { kernel: floatAverageKernel, types: [FLOAT64, INT64], partials: (x) => [x, 1n] };
  }
  const types = [exactType(type), INT64];
  return { kernel: numericAverageKernel, types, partials: (x) => [exact(x), 1n] };
}

/** @param ofNumerics takes count, sum and sum of squares; `ofFloats` takes count, sum and Sxx */
export function singleSpread(
  ofNumerics: Kernel,
  ofFloats: Kernel,
): (type: DataType) => SingleValue {
  return (type) => {
    if (isFloat(type)) {
      const types = [INT64, FLOAT64, FLOAT64];
      return { kernel: ofFloats, types, partials: (x) => [1n, x, Math.abs(Number(x)) * 0] };
    }
    const types = [INT64, exactType(type), TEXT];
    return { kernel: ofNumerics, types, partials: (x) => [1n, exact(x), square(x)] };
  };
}

function isFloat(type: DataType): boolean {
  return type.kind === 'float32' || type.kind === 'float64';
}

function exactType(type: DataType): DataType {
  if (type.kind === 'int16' || type.kind === 'int32' || type.kind === 'int64') return INT64;
  assert(type.kind === 'utf8' || type.kind === 'decimal', 'the values are numbers', typeName(type));
  return TEXT;
}

function exact(value: Value): Value {
  return typeof value === 'number' ? BigInt(value) : value;
}

function square(value: Value): Value {
  const x = parseNumeric(String(value));
  return isFiniteNumeric(x) ? formatNumeric(multiply(x, x)) : x;
}
