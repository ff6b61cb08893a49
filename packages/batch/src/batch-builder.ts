import { assert } from './assert.js';
import { type BatchFrame, type BufferSource, layOutBatch, newBuffer } from './batch-frame.js';
import { type DataType, WRAPPED_HIGH } from './data-type.js';
import { ColumnFlag, ColumnWord, columnWord, layoutOf, widthBytes } from './layout.js';
import type { Schema } from './schema.js';
import { markAllPresent } from './validity.js';
import type { Value } from './vector.js';

export interface BatchBuilderOptions {
  /** Rows after which a batch is full. Default 65,536. */
  readonly maxRows?: number;
  /** Bytes of values after which a batch is full. Default 1 MiB. */
  readonly maxBytes?: number;
  readonly source?: BufferSource;
}

/**
 * Builds batches from exact values (`Vector.at`'s), row by row. For sources that have JavaScript values anyway, and for
 * tests; decoders of wire formats fill a `BatchFrame` with kernels instead.
 *
 * `append` until `full`, then `finish`, which starts the next batch.
 */
export class BatchBuilder {
  readonly #schema: Schema;
  readonly #maxRows: number;
  readonly #maxBytes: number;
  readonly #source: BufferSource;
  #columns: Value[][];
  #rowCount = 0;
  #bytes = 0;

  constructor(schema: Schema, options: BatchBuilderOptions = {}) {
    this.#schema = schema;
    this.#maxRows = options.maxRows ?? 65_536;
    this.#maxBytes = options.maxBytes ?? 1 << 20;
    this.#source = options.source ?? newBuffer;
    this.#columns = schema.fields.map(() => []);
    assert(
      this.#maxRows > 0 && this.#maxBytes > 0,
      'a batch has room for a row',
      this.#maxRows,
      this.#maxBytes,
    );
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  get full(): boolean {
    return this.#rowCount >= this.#maxRows || this.#bytes >= this.#maxBytes;
  }

  append(row: readonly Value[]): void {
    assert(
      row.length === this.#schema.fields.length,
      'a row has a value for each column',
      row.length,
    );
    row.forEach((value, column) => {
      const { type } = this.#schema.fields[column] as Schema['fields'][number];
      const stored = typeof value === 'string' && type.kind === 'utf8' ? Buffer.from(value) : value;
      (this.#columns[column] as Value[]).push(stored);
      this.#bytes += stored instanceof Uint8Array ? stored.length + 4 : widthBytes(type);
    });
    this.#rowCount++;
  }

  /** The rows so far as the buffer of one batch; the builder is empty afterwards. */
  finish(): SharedArrayBuffer {
    const dataBytes = this.#columns.map((values) =>
      values.reduce<number>(
        (sum, value) => sum + (value instanceof Uint8Array ? value.length : 0),
        0,
      ),
    );
    const frame = layOutBatch(this.#schema, this.#rowCount, dataBytes, this.#source);
    this.#columns.forEach((values, column) => {
      writeColumn(
        frame,
        column,
        (this.#schema.fields[column] as Schema['fields'][number]).type,
        values,
      );
    });
    this.#columns = this.#schema.fields.map(() => []);
    this.#rowCount = 0;
    this.#bytes = 0;
    return frame.buffer;
  }
}

function writeColumn(
  frame: BatchFrame,
  column: number,
  type: DataType,
  values: readonly Value[],
): void {
  const word = columnWord(column);
  const validity = frame.header[word + ColumnWord.validity] as number;
  markAllPresent(frame.bytes, validity, values.length);
  let nullCount = 0;
  values.forEach((value, row) => {
    if (value !== null) return;
    nullCount++;
    frame.bytes[validity + (row >> 3)] =
      (frame.bytes[validity + (row >> 3)] as number) & ~(1 << (row & 7));
  });
  frame.header[word + ColumnWord.nullCount] = nullCount;
  const start = frame.header[word + ColumnWord.values] as number;
  switch (layoutOf(type)) {
    case 'bit':
      return writeBits(frame.bytes, start, values);
    case 'variable':
      return writeVariable(frame, start, frame.header[word + ColumnWord.data] as number, values);
    case 'fixed':
      if (writeFixed(new DataView(frame.buffer), start, type, values)) {
        frame.header[word + ColumnWord.flags] = ColumnFlag.special;
      }
  }
}

function writeBits(bytes: Uint8Array, start: number, values: readonly Value[]): void {
  bytes.fill(0, start, start + ((values.length + 7) >> 3));
  values.forEach((value, row) => {
    if (value === true)
      bytes[start + (row >> 3)] = (bytes[start + (row >> 3)] as number) | (1 << (row & 7));
  });
}

function writeVariable(
  frame: BatchFrame,
  start: number,
  data: number,
  values: readonly Value[],
): void {
  const offsets = new Int32Array(frame.buffer, start, values.length + 1);
  let end = 0;
  offsets[0] = 0;
  values.forEach((value, row) => {
    if (value !== null) {
      assert(value instanceof Uint8Array, 'a variable-width value is text or bytes', typeof value);
      frame.bytes.set(value, data + end);
      end += value.length;
    }
    offsets[row + 1] = end;
  });
}

/** Writes all values and says whether one of them is special (`DataType`). */
function writeFixed(
  view: DataView,
  start: number,
  type: DataType,
  values: readonly Value[],
): boolean {
  const width = widthBytes(type);
  let special = false;
  values.forEach((value, row) => {
    if (writeFixedValue(view, start + row * width, type, value ?? zeroOf(type))) special = true;
  });
  return special;
}

function zeroOf(type: DataType): Value {
  if (type.kind === 'int64' || type.kind === 'timestamp') return 0n;
  if (type.kind === 'uuid') return '00000000-0000-0000-0000-000000000000';
  return type.kind === 'decimal' ? '0' : 0;
}

function writeFixedValue(view: DataView, at: number, type: DataType, value: Value): boolean {
  switch (type.kind) {
    case 'int16':
      view.setInt16(at, value as number, true);
      return false;
    case 'int32':
    case 'date':
      view.setInt32(at, value as number, true);
      return type.kind === 'date' && (value === 0x7fffffff || value === -0x80000000);
    case 'uint32':
      view.setUint32(at, value as number, true);
      return false;
    case 'float32':
      view.setFloat32(at, value as number, true);
      return false;
    case 'float64':
      view.setFloat64(at, value as number, true);
      return false;
    case 'int64':
    case 'timestamp':
      view.setBigInt64(at, value as bigint, true);
      return type.kind === 'timestamp' && isSpecialTimestamp(value as bigint);
    case 'decimal':
      return writeDecimal(view, at, type.scale, value as string);
    default:
      for (const [i, byte] of Buffer.from((value as string).replaceAll('-', ''), 'hex').entries()) {
        view.setUint8(at + i, byte);
      }
      return false;
  }
}

function isSpecialTimestamp(us: bigint): boolean {
  return us === 0x7fffffffffffffffn || us >> 32n < BigInt(WRAPPED_HIGH);
}

function writeDecimal(view: DataView, at: number, scale: number, text: string): boolean {
  const nan = text === 'NaN';
  const [whole = '', fraction = ''] = text.split('.');
  assert(fraction.length <= scale, 'a decimal has no more digits than its scale', text, scale);
  const unscaled = nan ? -(1n << 127n) : BigInt(whole + fraction.padEnd(scale, '0'));
  view.setBigUint64(at, BigInt.asUintN(64, unscaled), true);
  view.setBigInt64(at + 8, unscaled >> 64n, true);
  return nan;
}
