import {
  type BatchFrame,
  ColumnFlag,
  ColumnWord,
  columnWord,
  type DataType,
  isNaNDecimal,
  WRAPPED_HIGH,
} from '@millrace/batch';

const LEAST = -0x80000000;
const MOST = 0x7fffffff;

/** Flags a written column in which some value is special (see batch's `DataType`). Types without such values have none. */
export function markSpecial(frame: BatchFrame, column: number, type: DataType): void {
  const word = columnWord(column);
  const values = frame.header[word + ColumnWord.values]!;
  if (holdsSpecial(frame, values, type)) frame.header[word + ColumnWord.flags] = ColumnFlag.special;
}

function holdsSpecial(frame: BatchFrame, values: number, type: DataType): boolean {
  const { buffer, rowCount } = frame;
  switch (type.kind) {
    case 'date':
      return someDate(new Int32Array(buffer, values, rowCount));
    case 'timestamp':
      return someTimestamp(new Int32Array(buffer, values, rowCount * 2));
    case 'decimal':
      return someDecimal(new Int32Array(buffer, values, rowCount * 4));
    default:
      return false;
  }
}

function someDate(days: Int32Array): boolean {
  for (let i = 0; i < days.length; i++) if (days[i] === LEAST || days[i] === MOST) return true;
  return false;
}

function someTimestamp(words: Int32Array): boolean {
  for (let i = 0; i < words.length; i += 2) {
    const high = words[i + 1]!;
    if (high < WRAPPED_HIGH || (high === MOST && words[i] === -1)) return true;
  }
  return false;
}

function someDecimal(words: Int32Array): boolean {
  for (let i = 0; i < words.length; i += 4) {
    if (isNaNDecimal(words[i]!, words[i + 1]!, words[i + 2]!, words[i + 3]!)) return true;
  }
  return false;
}
