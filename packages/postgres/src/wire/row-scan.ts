import { WireError } from '../errors.js';
import { MOST_MESSAGE_BYTES } from './messages-in.js';

/** DataRow. */
const DATA_ROW = 0x44;

/**
 * Where the fields of some rows lie, row by row: `fields[row * columnCount + column]` is the index of the field's length
 * word (int32, big-endian, -1 for NULL), which its value follows. Kernels read columns by it.
 */
export interface RowScan {
  readonly columnCount: number;
  fields: Int32Array;
  rowCount: number;
}

export function newRowScan(columnCount: number): RowScan {
  return { columnCount, fields: new Int32Array(Math.max(columnCount, 1) * 64), rowCount: 0 };
}

/**
 * Notes the fields of the DataRow messages from `from` on, until a message is of another kind or not whole yet, or
 * `maxRows` are noted in all. Returns the index of the first message not taken.
 *
 * @throws WireError when a message's parts do not add up to its length: then nothing behind it can be trusted
 */
export function scanRows(
  view: DataView,
  from: number,
  end: number,
  scan: RowScan,
  maxRows: number,
): number {
  const { columnCount } = scan;
  let fields = scan.fields;
  let rowCount = scan.rowCount;
  let at = from;
  // The shortest DataRow has a type byte, a length and a column count.
  while (rowCount < maxRows && at + 7 <= end && view.getUint8(at) === DATA_ROW) {
    const next = at + 1 + view.getInt32(at + 1);
    if (next > end) {
      if (next - at > MOST_MESSAGE_BYTES) throw tooLong(next - at);
      break;
    }
    if (view.getUint16(at + 5) !== columnCount)
      throw wrongShape(view.getUint16(at + 5), columnCount);
    let field = rowCount * columnCount;
    if (field + columnCount > fields.length) {
      const larger = new Int32Array(Math.max(fields.length * 2, field + columnCount));
      larger.set(fields);
      scan.fields = larger;
      fields = larger;
    }
    let position = at + 7;
    for (let column = 0; column < columnCount; column++) {
      if (position + 4 > next) throw brokenRow();
      fields[field++] = position;
      const length = view.getInt32(position);
      if (length >= 0) position += length + 4;
      else if (length === -1) position += 4;
      else throw brokenRow();
    }
    if (position !== next) throw brokenRow();
    at = next;
    rowCount++;
  }
  scan.rowCount = rowCount;
  return at;
}

function wrongShape(got: number, expected: number): WireError {
  return new WireError(`a row has ${got} fields where its description has ${expected}`);
}

function tooLong(length: number): WireError {
  return new WireError(`a row of ${length} bytes, which no server can make`);
}

function brokenRow(): WireError {
  return new WireError("a row's fields do not add up to its length");
}
