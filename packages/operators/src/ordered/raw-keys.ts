/**
 * Sort keys of a column as numbers, ascending. Nothing here knows of direction or NULL: `sort-columns` does. `primary` is finite
 * and never decreases where the value increases; what it and `secondary` leave equal is equal, unless there is a `tie`.
 */
import {
  assert,
  BitVector,
  FixedVector,
  isNaNDecimal,
  isPresent,
  smallDecimal,
  typeName,
  VariableVector,
  type Vector,
  WRAPPED_HIGH,
} from '@millrace/batch';
import type { ColumnOrder } from '../pipeline.js';
import {
  type ByteOrder,
  compareBytes,
  compareDecimals,
  compareNumericTexts,
  compareTrimmed,
  readAscii,
  trimmedEnd,
} from './byte-orders.js';

export interface RawKeys {
  readonly primary: Float64Array;
  readonly secondary: Uint32Array | undefined;
  readonly tie: ByteOrder | undefined;
}

export function rawKeys(vector: Vector, order: ColumnOrder): RawKeys {
  if (vector instanceof VariableVector) return keysOfTexts(vector, order);
  assert(order === 'value', 'only text is ordered otherwise than by value', order);
  if (vector instanceof BitVector) return exact(keysOfBits(vector));
  assert(vector instanceof FixedVector, 'a vector is of a known layout');
  return keysOfFixed(vector);
}

function keysOfFixed(vector: FixedVector): RawKeys {
  const { buffer, byteOffset, byteLength } = vector.values;
  const words = (): Int32Array => new Int32Array(buffer, byteOffset, byteLength >> 2);
  switch (vector.type.kind) {
    case 'int16':
    case 'int32':
    case 'uint32':
    case 'date':
      return exact(Float64Array.from(vector.values as Int32Array));
    case 'float32':
      return exact(keysOfFloats(vector.values as Float32Array));
    case 'float64':
      return keysOfDoubles(words());
    case 'int64':
      return keysOfLongs(words());
    case 'timestamp':
      return keysOfTimestamps(words());
    case 'decimal':
      return keysOfDecimals(words());
    default:
      return keysOfUuids(vector.values as Uint8Array, vector.length);
  }
}

function keysOfTexts(vector: VariableVector, order: ColumnOrder): RawKeys {
  switch (order) {
    case 'numeric':
      return keysOfNumerics(vector);
    case 'bpchar':
      return { ...prefixes(vector, true), tie: compareTrimmed };
    case 'bytes':
      return { ...prefixes(vector, false), tie: compareBytes };
    default:
      // Text of a collation whose order is not that of its bytes cannot be compared here.
      assert(
        vector.type.kind === 'binary' && order === 'value',
        'the order of a text is known',
        typeName(vector.type),
        order,
      );
      return { ...prefixes(vector, false), tie: compareBytes };
  }
}

function exact(primary: Float64Array): RawKeys {
  return { primary, secondary: undefined, tie: undefined };
}

function keysOfBits(vector: BitVector): Float64Array {
  const primary = new Float64Array(vector.length);
  for (let row = 0; row < primary.length; row++)
    primary[row] = Number(isPresent(vector.values, 0, row));
  return primary;
}

/** Outside of what a float32 holds. */
const ABOVE_FLOATS = 1e40;

function keysOfFloats(values: Float32Array): Float64Array {
  const primary = Float64Array.from(values);
  for (let row = 0; row < primary.length; row++) {
    const value = primary[row]!;
    if (Number.isFinite(value)) continue;
    primary[row] = Number.isNaN(value)
      ? 2 * ABOVE_FLOATS
      : value < 0
        ? -ABOVE_FLOATS
        : ABOVE_FLOATS;
  }
  return primary;
}

/** The bits of a double, read as an integer of sign and magnitude, stand in the order of the doubles. */
function keysOfDoubles(words: Int32Array): RawKeys {
  const rows = words.length >> 1;
  const primary = new Float64Array(rows);
  const secondary = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    const low = words[row * 2]!;
    const high = words[row * 2 + 1]!;
    const magnitude = high & 0x7fffffff;
    if (magnitude > INFINITE_HIGH || (magnitude === INFINITE_HIGH && low !== 0)) {
      primary[row] = 0x7fffffff;
    } else if (high < 0) {
      // Negative: the larger the magnitude, the less. The complement of the low word goes with the negated high one; -0 is 0.
      const zero = magnitude === 0 && low === 0;
      primary[row] = zero ? 0 : -magnitude - 1;
      secondary[row] = zero ? 0 : ~low;
    } else {
      primary[row] = magnitude;
      secondary[row] = low;
    }
  }
  return { primary, secondary, tie: undefined };
}

/** High word of Infinity; what is above is NaN. */
const INFINITE_HIGH = 0x7ff00000;

function keysOfLongs(words: Int32Array): RawKeys {
  const rows = words.length >> 1;
  const primary = new Float64Array(rows);
  const secondary = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    primary[row] = words[row * 2 + 1]!;
    secondary[row] = words[row * 2]!;
  }
  return { primary, secondary, tie: undefined };
}

/** As integers, but that those past the year 294,246 have wrapped around, and are above all but infinity. */
function keysOfTimestamps(words: Int32Array): RawKeys {
  const keys = keysOfLongs(words);
  const { primary } = keys;
  const low = keys.secondary!;
  for (let row = 0; row < primary.length; row++) {
    const high = primary[row]!;
    if (high === 0x7fffffff && low[row] === 0xffffffff) primary[row] = 2 ** 33;
    else if (high < WRAPPED_HIGH && (high !== -0x80000000 || low[row] !== 0))
      primary[row] = high + 2 ** 32;
  }
  return keys;
}

function keysOfDecimals(words: Int32Array): RawKeys {
  const rows = words.length >> 2;
  const primary = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const at = row * 4;
    const [w0, w1, w2, w3] = [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!];
    const small = smallDecimal(w0, w1, w2, w3);
    if (!Number.isNaN(small)) primary[row] = small;
    else if (isNaNDecimal(w0, w1, w2, w3)) primary[row] = 2 ** 55;
    else primary[row] = w3 < 0 ? -(2 ** 54) : 2 ** 54;
  }
  return { primary, secondary: undefined, tie: compareDecimals };
}

function keysOfUuids(bytes: Uint8Array, rows: number): RawKeys {
  const view = new DataView(bytes.buffer, bytes.byteOffset, rows * 16);
  const primary = new Float64Array(rows);
  const secondary = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    primary[row] = view.getUint32(row * 16);
    secondary[row] = view.getUint32(row * 16 + 4);
  }
  return { primary, secondary, tie: compareBytes };
}

/** The first eight bytes of each text. */
function prefixes(vector: VariableVector, trim: boolean): Omit<RawKeys, 'tie'> {
  const { data, offsets, length } = vector;
  const primary = new Float64Array(length);
  const secondary = new Uint32Array(length);
  for (let row = 0; row < length; row++) {
    const start = offsets[row]!;
    const end = trim ? trimmedEnd(data, start, offsets[row + 1]!) : offsets[row + 1]!;
    primary[row] = fourBytes(data, start, end);
    secondary[row] = fourBytes(data, start + 4, end);
  }
  return { primary, secondary };
}

function fourBytes(data: Uint8Array, start: number, end: number): number {
  let word = 0;
  for (let at = start; at < start + 4; at++) word = (word << 8) | (at < end ? data[at]! : 0);
  return word >>> 0;
}

/** The nearest double: rounding keeps the order. */
function keysOfNumerics(vector: VariableVector): RawKeys {
  const { data, offsets, length } = vector;
  const primary = new Float64Array(length);
  for (let row = 0; row < length; row++) {
    if (vector.nullCount > 0 && vector.isNull(row)) continue;
    const value = Number(readAscii(data, offsets[row]!, offsets[row + 1]!));
    if (Number.isFinite(value)) primary[row] = value;
    else primary[row] = value < 0 ? -Number.MAX_VALUE : Number.MAX_VALUE;
  }
  return { primary, secondary: undefined, tie: compareNumericTexts };
}
