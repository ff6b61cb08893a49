/** Copies the rows of a selection into a batch of their own, column by column. */
import {
  type Batch,
  type BatchFrame,
  type BitVector,
  ColumnWord,
  columnWord,
  type Field,
  type FixedVector,
  isPresent,
  layOutBatch,
  layoutOf,
  markAllPresent,
  type Schema,
  VariableVector,
  type Vector,
  widthBytes,
} from '@millrace/batch';
import type { Selection } from './selection.js';
import { markSpecial } from './special-values.js';

/** Bytes of values after which an output batch closes: far below what a batch can hold, whatever its rows are. */
const MOST_BYTES = 16 << 20;

/** The columns of a schema, in another order. */
export function pickFields(schema: Schema, columns: readonly number[]): Schema {
  return { fields: columns.map((column) => schema.fields[column] as Field) };
}

/** How many of the first rows of a selection go into one batch: at least one, and no more than 16 MiB of texts. */
export function rowsThatFit(selection: Selection, columns: readonly number[]): number {
  const lengths = columns
    .map((column) => vectorsOf(selection.batches, column))
    .filter((vectors): vectors is VariableVector[] => vectors[0] instanceof VariableVector)
    .map((vectors) => vectors.map(({ offsets }) => offsets));
  if (lengths.length === 0) return selection.count;
  const whole = lengths.reduce((sum, offsets) => sum + bytesOf(selection, offsets), 0);
  if (whole <= MOST_BYTES) return selection.count;
  let bytes = 0;
  for (let i = 0; i < selection.count; i++) {
    for (const offsets of lengths) {
      const column = offsets[selection.sources[i]!]!;
      const row = selection.rows[i]!;
      bytes += column[row + 1]! - column[row]!;
    }
    if (bytes > MOST_BYTES) return Math.max(i, 1);
  }
  return selection.count;
}

/** Writes all rows of a selection: the columns `columns` of its batches become the columns of `output`. */
export function writeRows(
  selection: Selection,
  columns: readonly number[],
  output: Schema,
): SharedArrayBuffer {
  const sourcesOfColumn = columns.map((column) => vectorsOf(selection.batches, column));
  const dataBytes = sourcesOfColumn.map((vectors) =>
    vectors[0] instanceof VariableVector
      ? bytesOf(
          selection,
          (vectors as VariableVector[]).map(({ offsets }) => offsets),
        )
      : 0,
  );
  const frame = layOutBatch(output, selection.count, dataBytes);
  sourcesOfColumn.forEach((vectors, column) => {
    writeValidity(frame, column, vectors, selection);
    writeValues(frame, column, (output.fields[column] as Field).type, vectors, selection);
  });
  return frame.buffer;
}

function vectorsOf(batches: readonly Batch[], column: number): Vector[] {
  return batches.map((batch) => batch.vectors[column] as Vector);
}

function writeValues(
  frame: BatchFrame,
  column: number,
  type: Field['type'],
  vectors: readonly Vector[],
  selection: Selection,
): void {
  const word = columnWord(column);
  const values = frame.header[word + ColumnWord.values]!;
  switch (layoutOf(type)) {
    case 'bit': {
      const bits = (vectors as BitVector[]).map((vector) => vector.values);
      return takeBits(frame.bytes, values, bits, selection);
    }
    case 'variable': {
      const data = frame.header[word + ColumnWord.data]!;
      const offsets = new Int32Array(frame.buffer, values, selection.count + 1);
      return takeTexts(offsets, frame.bytes, data, vectors as VariableVector[], selection);
    }
    case 'fixed':
      takeFixed(frame, values, widthBytes(type), vectors as FixedVector[], selection);
      if (vectors.some(({ hasSpecial }) => hasSpecial)) markSpecial(frame, column, type);
  }
}

function takeFixed(
  frame: BatchFrame,
  values: number,
  width: number,
  vectors: readonly FixedVector[],
  selection: Selection,
): void {
  if (width === 2) {
    const target = new Int16Array(frame.buffer, values, selection.count);
    return takeShorts(
      target,
      vectors.map((vector) => vector.values as Int16Array),
      selection,
    );
  }
  const words = width >> 2;
  const target = new Int32Array(frame.buffer, values, selection.count * words);
  const sources = vectors.map(
    ({ buffer, values: { byteOffset }, length }) =>
      new Int32Array(buffer, byteOffset, length * words),
  );
  if (words === 1) takeWords(target, sources, selection);
  else if (words === 2) takePairs(target, sources, selection);
  else takeQuads(target, sources, selection);
}

function takeShorts(target: Int16Array, from: readonly Int16Array[], selection: Selection): void {
  const { sources, rows, count } = selection;
  for (let i = 0; i < count; i++) target[i] = from[sources[i]!]![rows[i]!]!;
}

function takeWords(target: Int32Array, from: readonly Int32Array[], selection: Selection): void {
  const { sources, rows, count } = selection;
  for (let i = 0; i < count; i++) target[i] = from[sources[i]!]![rows[i]!]!;
}

function takePairs(target: Int32Array, from: readonly Int32Array[], selection: Selection): void {
  const { sources, rows, count } = selection;
  for (let i = 0; i < count; i++) {
    const source = from[sources[i]!]!;
    const at = rows[i]! * 2;
    target[i * 2] = source[at]!;
    target[i * 2 + 1] = source[at + 1]!;
  }
}

function takeQuads(target: Int32Array, from: readonly Int32Array[], selection: Selection): void {
  const { sources, rows, count } = selection;
  for (let i = 0; i < count; i++) {
    const source = from[sources[i]!]!;
    const at = rows[i]! * 4;
    for (let word = 0; word < 4; word++) target[i * 4 + word] = source[at + word]!;
  }
}

function takeBits(
  bytes: Uint8Array,
  values: number,
  from: readonly Uint8Array[],
  selection: Selection,
): void {
  const { sources, rows, count } = selection;
  for (let i = 0; i < count; i++) {
    if (isPresent(from[sources[i]!]!, 0, rows[i]!)) bytes[values + (i >> 3)]! |= 1 << (i & 7);
  }
}

function bytesOf(selection: Selection, offsets: readonly Int32Array[]): number {
  const { sources, rows, count } = selection;
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const column = offsets[sources[i]!]!;
    bytes += column[rows[i]! + 1]! - column[rows[i]!]!;
  }
  return bytes;
}

/** From this length on a call copies faster than a loop. */
const LONG_BYTES = 48;

function takeTexts(
  offsets: Int32Array,
  bytes: Uint8Array,
  data: number,
  vectors: readonly VariableVector[],
  selection: Selection,
): void {
  const { sources, rows, count } = selection;
  let end = data;
  offsets[0] = 0;
  for (let i = 0; i < count; i++) {
    const vector = vectors[sources[i]!]!;
    const from = vector.offsets[rows[i]!]!;
    const to = vector.offsets[rows[i]! + 1]!;
    const source = vector.data;
    if (to - from < LONG_BYTES)
      for (let at = from; at < to; at++) bytes[end + at - from] = source[at]!;
    else bytes.set(source.subarray(from, to), end);
    end += to - from;
    offsets[i + 1] = end - data;
  }
}

function writeValidity(
  frame: BatchFrame,
  column: number,
  vectors: readonly Vector[],
  selection: Selection,
): void {
  const word = columnWord(column);
  const validity = frame.header[word + ColumnWord.validity]!;
  markAllPresent(frame.bytes, validity, selection.count);
  if (vectors.every(({ nullCount }) => nullCount === 0)) return;
  const bitmaps = vectors.map((vector) => vector.validity);
  frame.header[word + ColumnWord.nullCount] = clearAbsent(
    frame.bytes,
    validity,
    bitmaps,
    selection,
  );
}

/** Returns how many rows are NULL. */
function clearAbsent(
  bytes: Uint8Array,
  validity: number,
  bitmaps: readonly Uint8Array[],
  selection: Selection,
): number {
  const { sources, rows, count } = selection;
  let absent = 0;
  for (let i = 0; i < count; i++) {
    if (isPresent(bitmaps[sources[i]!]!, 0, rows[i]!)) continue;
    bytes[validity + (i >> 3)]! &= ~(1 << (i & 7));
    absent++;
  }
  return absent;
}
