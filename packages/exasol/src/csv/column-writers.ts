/** Values of a batch's column as fields of CSV, straight from its vector. */
import {
  type BitVector,
  type FixedVector,
  formatDecimalWords,
  formatUuid,
  isNaNDecimal,
  isPresent,
  smallDecimal,
  type VariableVector,
  type Vector,
} from '@millrace/batch';
import {
  FIRST_DAY,
  LAST_DAY,
  writeAscii,
  writeDate,
  writeInteger,
  writeScaled,
  writeTimestamp,
} from './number-text.js';
import { quoteBytes } from './quote.js';

/** Writes one field of a row that is not NULL, and returns where it ends. @throws Unwritable */
export type FieldWriter = (out: Buffer, at: number, row: number) => number;

export interface ColumnWriter {
  readonly vector: Vector;
  /** Room that any value needs; of variable-width columns, what a value needs beside twice its bytes. */
  readonly maxBytes: number;
  readonly write: FieldWriter;
}

/** A value that Exasol has no place for. */
export class Unwritable extends Error {
  constructor(
    readonly value: string,
    what: string,
  ) {
    super(what);
    this.name = 'Unwritable';
  }
}

/** Longest text of a fixed-width value: a decimal of 38 digits, or a double. */
const FIXED_BYTES = 48;
const DAY_MICROS = 86_400_000_000;
const WORD = 0x100000000;
const HEX: Uint8Array = Buffer.from('0123456789abcdef');

export function columnWriter(vector: Vector, delimiter: number): ColumnWriter {
  return { vector, maxBytes: FIXED_BYTES, write: fieldWriter(vector, delimiter) };
}

function fieldWriter(vector: Vector, delimiter: number): FieldWriter {
  switch (vector.type.kind) {
    case 'bool': {
      const { values } = vector as BitVector;
      return (out, at, row) => {
        out[at] = isPresent(values, 0, row) ? 0x31 : 0x30;
        return at + 1;
      };
    }
    case 'int16':
    case 'int32':
    case 'uint32': {
      const values = (vector as FixedVector).values as Int32Array;
      return (out, at, row) => writeInteger(out, at, values[row] as number);
    }
    case 'float64':
    case 'float32':
      return floatWriter(vector as FixedVector);
    case 'int64': {
      const words = wordsOf(vector);
      return (out, at, row) =>
        writeInt64(out, at, words[2 * row] as number, words[2 * row + 1] as number);
    }
    case 'decimal':
      return decimalWriter(vector, vector.type.scale);
    case 'date': {
      const values = (vector as FixedVector).values as Int32Array;
      return (out, at, row) => {
        const day = values[row] as number;
        if (day < FIRST_DAY || day > LAST_DAY) throw outOfRange(vector, row, 'date');
        return writeDate(out, at, day);
      };
    }
    case 'timestamp':
      return timestampWriter(vector);
    case 'uuid': {
      const values = (vector as FixedVector).values as Uint8Array;
      return (out, at, row) =>
        quoteBytes(out, at, Buffer.from(formatUuid(values, row * 16)), delimiter);
    }
    case 'utf8':
      return textWriter(vector as VariableVector, delimiter);
    case 'binary':
      return hexWriter(vector as VariableVector, delimiter);
  }
}

function floatWriter(vector: FixedVector): FieldWriter {
  const values = vector.values as Float64Array;
  const single = vector.type.kind === 'float32';
  return (out, at, row) => {
    const value = values[row] as number;
    if (!Number.isFinite(value)) throw new Unwritable(String(value), 'is no number to Exasol');
    return writeAscii(out, at, single ? shortestSingle(value) : String(value));
  };
}

/** The shortest text that is this single-precision number and no other. */
export function shortestSingle(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(Number(value.toPrecision(9)));
}

function writeInt64(out: Buffer, at: number, low: number, high: number): number {
  if (high >= -0x200000 && high < 0x200000) return writeInteger(out, at, high * WORD + (low >>> 0));
  return writeAscii(out, at, String((BigInt(high) << 32n) | BigInt(low >>> 0)));
}

function decimalWriter(vector: Vector, scale: number): FieldWriter {
  const words = wordsOf(vector);
  return (out, at, row) => {
    const w0 = words[4 * row] as number;
    const w1 = words[4 * row + 1] as number;
    const w2 = words[4 * row + 2] as number;
    const w3 = words[4 * row + 3] as number;
    const small = scale > 15 ? Number.NaN : smallDecimal(w0, w1, w2, w3);
    if (!Number.isNaN(small)) return writeScaled(out, at, small, scale);
    if (isNaNDecimal(w0, w1, w2, w3)) throw new Unwritable('NaN', 'is no number to Exasol');
    return writeAscii(out, at, formatDecimalWords(w0, w1, w2, w3, scale));
  };
}

function timestampWriter(vector: Vector): FieldWriter {
  const words = wordsOf(vector);
  return (out, at, row) => {
    const low = words[2 * row] as number;
    const high = words[2 * row + 1] as number;
    let day: number;
    let ofDay: number;
    if (high >= -0x200000 && high < 0x200000) {
      const micros = high * WORD + (low >>> 0);
      day = Math.floor(micros / DAY_MICROS);
      ofDay = micros - day * DAY_MICROS;
    } else {
      const micros = (BigInt(high) << 32n) | BigInt(low >>> 0);
      const rest = ((micros % 86_400_000_000n) + 86_400_000_000n) % 86_400_000_000n;
      day = Number((micros - rest) / 86_400_000_000n);
      ofDay = Number(rest);
    }
    if (day < FIRST_DAY || day > LAST_DAY) throw outOfRange(vector, row, 'timestamp');
    return writeTimestamp(out, at, day, ofDay);
  };
}

function textWriter({ data, offsets }: VariableVector, delimiter: number): FieldWriter {
  return (out, at, row) =>
    quoteBytes(out, at, data, delimiter, offsets[row] as number, offsets[row + 1] as number);
}

/** Bytes as Exasol's HASHTYPE takes them. */
function hexWriter({ data, offsets }: VariableVector, delimiter: number): FieldWriter {
  return (out, at, row) => {
    let end = at;
    out[end++] = delimiter;
    for (let i = offsets[row] as number; i < (offsets[row + 1] as number); i++) {
      const byte = data[i] as number;
      out[end++] = HEX[byte >> 4] as number;
      out[end++] = HEX[byte & 15] as number;
    }
    out[end++] = delimiter;
    return end;
  };
}

function outOfRange(vector: Vector, row: number, what: string): Unwritable {
  return new Unwritable(String(vector.at(row)), `is a ${what} outside of Exasol's years 1 to 9999`);
}

/** A column of 64- or 128-bit values as 32-bit words. */
function wordsOf(vector: Vector): Int32Array {
  const { buffer, byteOffset, byteLength } = (vector as FixedVector).values;
  return new Int32Array(buffer, byteOffset, byteLength >> 2);
}
