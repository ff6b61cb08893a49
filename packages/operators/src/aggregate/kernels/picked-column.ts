import { type DataType, VariableVector, type Vector } from '@millrace/batch';
import { type FinishedColumn, fixedColumn, textColumn, wordsOf } from '../finished-column.js';
import { wordsOfVector } from '../vector-words.js';
import { numericTexts } from './numeric-texts.js';

const TEXT: DataType = { kind: 'utf8' };

/** The type of what is picked: a numeric without a type modifier is text, whatever the values came as. */
export function pickedType(type: DataType): DataType {
  return type.kind === 'decimal' ? TEXT : type;
}

/** The values of some rows of a vector; row -1 is NULL. */
export function pickedColumn(vector: Vector, rows: Int32Array): FinishedColumn {
  if (vector instanceof VariableVector || vector.type.kind === 'decimal') {
    const { data, offsets } = vector instanceof VariableVector ? vector : numericTexts(vector);
    const texts = Array.from(rows, (row) =>
      row < 0 ? undefined : data.subarray(offsets[row]!, offsets[row + 1]!),
    );
    return textColumn(pickedType(vector.type), texts);
  }
  const width = wordsOf(vector.type);
  const source = wordsOfVector(vector);
  const words = new Int32Array(rows.length * width);
  const present = new Uint8Array(rows.length);
  rows.forEach((row, i) => {
    if (row < 0) return;
    present[i] = 1;
    words.set(source.subarray(row * width, (row + 1) * width), i * width);
  });
  return fixedColumn(vector.type, words, present, 0, rows.length);
}
