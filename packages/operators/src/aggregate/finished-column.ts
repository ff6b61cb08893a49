import {
  type BatchFrame,
  ColumnWord,
  columnWord,
  type DataType,
  layOutBatch,
  markAllPresent,
  type Schema,
} from '@millrace/batch';
import { markSpecial } from '../rows/special-values.js';

/** A column that is ready to be written for a range of groups. Absent values are written as 0, or as nothing. */
export interface FinishedColumn {
  readonly type: DataType;
  /** Bytes of its values, for a column of variable width. */
  readonly dataBytes: number;
  write(frame: BatchFrame, column: number): void;
}

/** One batch of finished columns. */
export function writeColumns(
  schema: Schema,
  rows: number,
  columns: readonly FinishedColumn[],
): SharedArrayBuffer {
  const frame = layOutBatch(
    schema,
    rows,
    columns.map(({ dataBytes }) => dataBytes),
  );
  columns.forEach((finished, column) => {
    finished.write(frame, column);
  });
  return frame.buffer;
}

/** A column of fixed width: `words` holds `width / 4` words a group, or one for int16. Absent groups hold 0. */
export function fixedColumn(
  type: DataType,
  words: Int32Array,
  present: Uint8Array,
  from: number,
  to: number,
): FinishedColumn {
  return {
    type,
    dataBytes: 0,
    write(frame, column) {
      writePresence(frame, column, present, from, to);
      const start = frame.header[columnWord(column) + ColumnWord.values]!;
      if (type.kind === 'bool') writeBits(frame, start, words, from, to);
      else if (type.kind === 'int16') {
        new Int16Array(frame.buffer, start, to - from).set(words.subarray(from, to));
      } else {
        const width = wordsOf(type);
        new Int32Array(frame.buffer, start, (to - from) * width).set(
          words.subarray(from * width, to * width),
        );
        markSpecial(frame, column, type);
      }
    },
  };
}

/** Words of state that a value of fixed width takes. */
export function wordsOf(type: DataType): number {
  switch (type.kind) {
    case 'int64':
    case 'float64':
    case 'timestamp':
      return 2;
    case 'decimal':
    case 'uuid':
      return 4;
    default:
      return 1;
  }
}

/** A column of texts; undefined is NULL. */
export function textColumn(
  type: DataType,
  texts: readonly (Uint8Array | undefined)[],
): FinishedColumn {
  return {
    type,
    dataBytes: texts.reduce((sum, text) => sum + (text?.length ?? 0), 0),
    write(frame, column) {
      const present = Uint8Array.from(texts, (text) => (text === undefined ? 0 : 1));
      writePresence(frame, column, present, 0, texts.length);
      const word = columnWord(column);
      const data = frame.header[word + ColumnWord.data]!;
      const values = frame.header[word + ColumnWord.values]!;
      const offsets = new Int32Array(frame.buffer, values, texts.length + 1);
      let end = 0;
      for (let i = 0; i < texts.length; i++) {
        const text = texts[i];
        if (text !== undefined) {
          frame.bytes.set(text, data + end);
          end += text.length;
        }
        offsets[i + 1] = end;
      }
    },
  };
}

function writeBits(
  frame: BatchFrame,
  start: number,
  words: Int32Array,
  from: number,
  to: number,
): void {
  for (let i = 0; i < to - from; i++) {
    if (words[from + i] !== 0) frame.bytes[start + (i >> 3)]! |= 1 << (i & 7);
  }
}

/** Validity and NULL count of the groups `from .. to`. */
export function writePresence(
  frame: BatchFrame,
  column: number,
  present: Uint8Array,
  from: number,
  to: number,
): void {
  const word = columnWord(column);
  const validity = frame.header[word + ColumnWord.validity]!;
  markAllPresent(frame.bytes, validity, to - from);
  let absent = 0;
  for (let i = 0; i < to - from; i++) {
    if (present[from + i] === 1) continue;
    frame.bytes[validity + (i >> 3)]! &= ~(1 << (i & 7));
    absent++;
  }
  frame.header[word + ColumnWord.nullCount] = absent;
}

/** A column of float8; undefined is NULL. */
export function doubleColumn(
  from: number,
  to: number,
  valueOfGroup: (group: number) => number | undefined,
): FinishedColumn {
  const values = new Float64Array(to - from);
  const present = new Uint8Array(to - from);
  for (let i = 0; i < values.length; i++) {
    const value = valueOfGroup(from + i);
    if (value === undefined) continue;
    values[i] = value;
    present[i] = 1;
  }
  return fixedColumn({ kind: 'float64' }, new Int32Array(values.buffer), present, 0, to - from);
}
