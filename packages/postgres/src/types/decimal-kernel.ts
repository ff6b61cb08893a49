/**
 * numeric(p,s) with p up to 38, sent as text (which costs the server less than its binary form), into the decimal
 * layout: a 128-bit integer times 10^-s.
 */
import type { BatchFrame, DataType } from '@millrace/batch';
import { assert } from '@millrace/batch';
import { WireError } from '../errors.js';
import { clearBit, closeColumn, openColumn, valuesOffset, type WireRows } from './kernel.js';

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NAN_TEXT = Buffer.from('NaN');
const WORD = 0x100000000;

/** A double holds the digits of so many characters exactly. */
const SHORT_CHARACTERS = 15;

export function decodeDecimal(
  { bytes, view, scan }: WireRows,
  column: number,
  frame: BatchFrame,
  type: DataType,
): void {
  assert(type.kind === 'decimal', 'the column has the decimal layout', type.kind);
  const { scale } = type;
  const validity = openColumn(frame, column);
  const { fields, rowCount, columnCount } = scan;
  const out = new Int32Array(frame.buffer, valuesOffset(frame, column), rowCount * 4);
  let nullCount = 0;
  let special = false;
  for (let row = 0, field = column; row < rowCount; row++, field += columnCount) {
    const at = fields[field] as number;
    const length = view.getInt32(at);
    const to = row * 4;
    if (length < 0) {
      out.fill(0, to, to + 4);
      clearBit(frame.bytes, validity, row);
      nullCount++;
    } else if (isNaNText(bytes, at + 4, length)) {
      writeNaN(out, to);
      special = true;
    } else {
      const from = at + 4;
      const end = from + length;
      const point = checkForm(bytes, from, end, scale);
      if (length <= SHORT_CHARACTERS) writeShort(bytes, { from, point, end }, out, to);
      else writeLong(bytes, { from, point, end }, out, to);
    }
  }
  closeColumn(frame, column, nullCount, special);
}

/** Where a number's text lies: its sign, or first digit; its point, or end; its end. */
interface NumberText {
  readonly from: number;
  readonly point: number;
  readonly end: number;
}

/** Checks that a digit comes first and the point where the scale wants it. Returns the place of the point, or the end. */
function checkForm(bytes: Uint8Array, from: number, end: number, scale: number): number {
  const first = bytes[from] === MINUS ? from + 1 : from;
  if (first >= end || !isDigit(bytes[first] as number)) throw notANumber(bytes, from, end);
  if (scale === 0) return end;
  const point = end - scale - 1;
  if (point <= first || bytes[point] !== POINT) throw wrongScale(bytes, from, end, scale);
  return point;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

/** At most 15 characters: the digits fit a double. */
function writeShort(bytes: Uint8Array, text: NumberText, out: Int32Array, to: number): void {
  const { from, point, end } = text;
  const negative = bytes[from] === MINUS;
  let value = 0;
  for (let at = negative ? from + 1 : from; at < end; at++) {
    if (at === point) continue;
    const byte = bytes[at] as number;
    if (!isDigit(byte)) throw notANumber(bytes, from, end);
    value = value * 10 + (byte - ZERO);
  }
  const high = Math.floor(value / WORD);
  // Two's complement of the two low words; the two high words are the sign.
  const low = value - high * WORD;
  const sign = negative && value !== 0 ? -1 : 0;
  out[to] = sign === 0 ? low : -low;
  out[to + 1] = sign === 0 ? high : low === 0 ? -high : ~high;
  out[to + 2] = sign;
  out[to + 3] = sign;
}

/** Any number of digits up to 38: long multiplication over four words, six digits at a time. */
function writeLong(bytes: Uint8Array, text: NumberText, out: Int32Array, to: number): void {
  const { from, point, end } = text;
  const negative = bytes[from] === MINUS;
  out.fill(0, to, to + 4);
  let group = 0;
  let factor = 1;
  for (let at = negative ? from + 1 : from; at < end; at++) {
    if (at === point) continue;
    const byte = bytes[at] as number;
    if (!isDigit(byte)) throw notANumber(bytes, from, end);
    group = group * 10 + (byte - ZERO);
    factor *= 10;
    if (factor === 1e6) {
      multiplyAdd(out, to, factor, group);
      group = 0;
      factor = 1;
    }
  }
  if (factor > 1) multiplyAdd(out, to, factor, group);
  // The sign's bit must still be free; NaN's pattern with it.
  if ((out[to + 3] as number) < 0) throw tooLarge();
  if (negative) negate(out, to);
}

/** `words = words × factor + addend`; factor up to 10^6, so that each step stays below 2^53. */
function multiplyAdd(words: Int32Array, to: number, factor: number, addend: number): void {
  let carry = addend;
  for (let i = to; i < to + 4; i++) {
    const product = ((words[i] as number) >>> 0) * factor + carry;
    carry = Math.floor(product / WORD);
    words[i] = product - carry * WORD;
  }
  if (carry > 0) throw tooLarge();
}

function negate(words: Int32Array, to: number): void {
  let carry = 1;
  for (let i = to; i < to + 4; i++) {
    const word = (~(words[i] as number) >>> 0) + carry;
    carry = word >= WORD ? 1 : 0;
    words[i] = word;
  }
}

function isNaNText(bytes: Uint8Array, from: number, length: number): boolean {
  return (
    length === NAN_TEXT.length &&
    bytes[from] === NAN_TEXT[0] &&
    bytes[from + 1] === NAN_TEXT[1] &&
    bytes[from + 2] === NAN_TEXT[2]
  );
}

function tooLarge(): WireError {
  return new WireError('a numeric is larger than its column declares');
}

function writeNaN(out: Int32Array, to: number): void {
  out[to] = 0;
  out[to + 1] = 0;
  out[to + 2] = 0;
  out[to + 3] = -0x80000000;
}

function notANumber(bytes: Uint8Array, from: number, end: number): WireError {
  return new WireError(
    `'${Buffer.from(bytes.subarray(from, end)).toString('latin1')}' is not a numeric value`,
  );
}

function wrongScale(bytes: Uint8Array, from: number, end: number, scale: number): WireError {
  const text = Buffer.from(bytes.subarray(from, end)).toString('latin1');
  return new WireError(
    `the numeric ${text} has not the ${scale} decimal places its column declares`,
  );
}
