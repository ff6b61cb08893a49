/**
 * One column of a batch, read in place. One class for each physical layout; what a value means in JavaScript is a
 * function chosen once for the vector (`readers` below), not a test for each value.
 */
import { assert } from './assert.js';
import type { DataType } from './data-type.js';
import { formatDecimal } from './decimal.js';
import { ColumnFlag, ColumnWord, columnWord, layoutOf, valuesBytes, widthBytes } from './layout.js';
import { isPresent } from './validity.js';

/** An exact value: null, boolean, number (also days), bigint (also µs), string (text, decimal, uuid) or bytes. */
export type Value = null | boolean | number | bigint | string | Uint8Array;

export interface Vector {
  readonly type: DataType;
  readonly length: number;
  readonly nullCount: number;
  /** Some value is NaN or infinite where Arrow's type has no such value: see `DataType`. */
  readonly hasSpecial: boolean;
  /** The validity bitmap: `(length + 7) >> 3` bytes. */
  readonly validity: Uint8Array;
  /** Whether a row is NULL. */
  isNull(row: number): boolean;
  /** The exact value of a row. Slower than reading `values`: for single values and tests. */
  at(row: number): Value;
}

type FixedValues =
  | Int16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | Uint8Array;

abstract class BaseVector implements Vector {
  readonly validity: Uint8Array;
  readonly nullCount: number;
  readonly hasSpecial: boolean;

  constructor(
    readonly type: DataType,
    readonly buffer: SharedArrayBuffer,
    readonly length: number,
    word: Int32Array,
  ) {
    this.validity = new Uint8Array(buffer, word[ColumnWord.validity] as number, (length + 7) >> 3);
    this.nullCount = word[ColumnWord.nullCount] as number;
    this.hasSpecial = ((word[ColumnWord.flags] as number) & ColumnFlag.special) !== 0;
  }

  isNull(row: number): boolean {
    assert(row >= 0 && row < this.length, 'the row is in the batch', row, this.length);
    return this.nullCount > 0 && !isPresent(this.validity, 0, row);
  }

  at(row: number): Value {
    return this.isNull(row) ? null : this.present(row);
  }

  protected abstract present(row: number): Value;
}

/** Booleans: `values` holds one bit a row. */
export class BitVector extends BaseVector {
  readonly values: Uint8Array;

  constructor(type: DataType, buffer: SharedArrayBuffer, length: number, word: Int32Array) {
    super(type, buffer, length, word);
    this.values = new Uint8Array(buffer, word[ColumnWord.values] as number, (length + 7) >> 3);
  }

  protected present(row: number): boolean {
    return isPresent(this.values, 0, row);
  }
}

/** Fixed width: `values` is the typed array of the type (16-byte types: their bytes). Rows that are NULL hold 0. */
export class FixedVector extends BaseVector {
  readonly values: FixedValues;
  readonly #read: (values: FixedValues, row: number) => Value;

  constructor(type: DataType, buffer: SharedArrayBuffer, length: number, word: Int32Array) {
    super(type, buffer, length, word);
    this.values = fixedValues(type, buffer, word[ColumnWord.values] as number, length);
    this.#read = fixedReader(type);
  }

  protected present(row: number): Value {
    return this.#read(this.values, row);
  }
}

/** Variable width: value `i` is `data[offsets[i] .. offsets[i + 1])`. */
export class VariableVector extends BaseVector {
  readonly offsets: Int32Array;
  readonly data: Uint8Array;

  constructor(type: DataType, buffer: SharedArrayBuffer, length: number, word: Int32Array) {
    super(type, buffer, length, word);
    this.offsets = new Int32Array(buffer, word[ColumnWord.values] as number, length + 1);
    this.data = new Uint8Array(
      buffer,
      word[ColumnWord.data] as number,
      word[ColumnWord.dataBytes] as number,
    );
  }

  protected present(row: number): string | Uint8Array {
    const start = this.offsets[row] as number;
    const end = this.offsets[row + 1] as number;
    if (this.type.kind === 'binary') return this.data.slice(start, end);
    const { buffer, byteOffset } = this.data;
    return Buffer.from(buffer, byteOffset + start, end - start).toString('utf8');
  }
}

/** The vector of one column of a batch; `header` is the batch's header. */
export function vectorOf(
  type: DataType,
  buffer: SharedArrayBuffer,
  header: Int32Array,
  column: number,
): Vector {
  const start = columnWord(column);
  const word = header.subarray(start, start + Object.keys(ColumnWord).length);
  const length = header[1] as number;
  switch (layoutOf(type)) {
    case 'bit':
      return new BitVector(type, buffer, length, word);
    case 'fixed':
      return new FixedVector(type, buffer, length, word);
    case 'variable':
      return new VariableVector(type, buffer, length, word);
  }
}

function fixedValues(
  type: DataType,
  buffer: SharedArrayBuffer,
  offset: number,
  length: number,
): FixedValues {
  switch (type.kind) {
    case 'int16':
      return new Int16Array(buffer, offset, length);
    case 'int32':
    case 'date':
      return new Int32Array(buffer, offset, length);
    case 'uint32':
      return new Uint32Array(buffer, offset, length);
    case 'float32':
      return new Float32Array(buffer, offset, length);
    case 'float64':
      return new Float64Array(buffer, offset, length);
    case 'int64':
    case 'timestamp':
      return new BigInt64Array(buffer, offset, length);
    default:
      return new Uint8Array(buffer, offset, valuesBytes(type, length));
  }
}

function fixedReader(type: DataType): (values: FixedValues, row: number) => Value {
  const width = widthBytes(type);
  if (type.kind === 'decimal') {
    const { scale } = type;
    return (values, row) => formatDecimal(values as Uint8Array, row * width, scale);
  }
  if (type.kind === 'uuid') return (values, row) => formatUuid(values as Uint8Array, row * width);
  return (values, row) => values[row] as number | bigint;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The 36 characters of a UUID, lower case, as PostgreSQL writes it. */
export function formatUuid(bytes: Uint8Array, offset: number): string {
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += HEX[bytes[offset + i] as number];
  }
  return text;
}
