/**
 * Finds the fields of records. Bytes in, positions out: nothing is copied, and bytes may be cut anywhere. What the bytes of
 * a field mean is for the kernels.
 */
import type { DialectBytes } from './dialect.js';

/** Fields of whole records, and of one that has begun. */
export interface RecordScan {
  readonly dialect: DialectBytes;
  readonly columnCount: number;
  /** Two words a field: where it begins; where it ends, times 4, plus `FieldFlag`s. Delimiters are outside. */
  fields: Int32Array;
  /** Whole records. */
  rowCount: number;
  /** Words in use, with those of the record that has begun. */
  words: number;
  /** Where the next byte is looked at. */
  at: number;
  state: number;
  /** Where the field that has begun does. */
  fieldStart: number;
  fieldFlags: number;
  /** Where a field between delimiters ends. */
  fieldEnd: number;
}

export const FieldFlag = {
  /** Between delimiters: never NULL's text. */
  delimited: 1,
  /** With a doubled delimiter inside. */
  doubled: 2,
} as const;

const CR = 0x0d;

/** Between bytes: at the start of a field; within one; within delimiters; behind a delimiter that may be the last. */
const START = 0;
const PLAIN = 1;
const DELIMITED = 2;
const CLOSED = 3;
/** Behind the closing delimiter and a CR that begins the row separator. */
const CLOSED_CR = 4;
/** At the separator behind a field that is noted. Never between calls. */
const FOUND = 5;

export function newRecordScan(columnCount: number, dialect: DialectBytes): RecordScan {
  return {
    dialect,
    columnCount,
    fields: new Int32Array(Math.max(2048, columnCount * 2)),
    rowCount: 0,
    words: 0,
    at: 0,
    state: START,
    fieldStart: 0,
    fieldFlags: 0,
    fieldEnd: 0,
  };
}

/** Why a record is none; its number in the stream is for the caller to say. */
export class RecordError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RecordError';
  }
}

/**
 * Takes records from `scan.at` on until `maxRows` whole ones are noted or `end` is reached. `bytes[end]` must be
 * there: it is written for a while.
 *
 * @throws RecordError for a record of other than `columnCount` fields, and for text behind a closing delimiter
 */
export function scanRecords(
  scan: RecordScan,
  bytes: Uint8Array,
  end: number,
  maxRows: number,
): void {
  const { separator, delimiter, rowEnd, crlf } = scan.dialect;
  // Stops the inner loop, which then need not compare positions.
  const behind = bytes[end] as number;
  bytes[end] = rowEnd;
  const stride = scan.columnCount * 2;
  let { fields, words, at, state, rowCount, fieldStart: start } = scan;
  let recordEnd = (rowCount + 1) * stride;
  while (rowCount < maxRows) {
    if (words + 2 > fields.length) fields = growFields(scan);
    if (state === START) {
      start = at;
      state = PLAIN;
      if (bytes[at] === delimiter) {
        start = at + 1;
        const close = closeOf(bytes, start, end, delimiter);
        const next = bytes[close + 1];
        // Most end here. Whatever does not, goes the long way, which can stop and go on anywhere.
        if (close + 1 < end && (next === separator || (next === rowEnd && !crlf))) {
          fields[words] = start;
          fields[words + 1] = (close << 2) | FieldFlag.delimited;
          at = close + 1;
          state = FOUND;
        } else {
          scan.fieldFlags = FieldFlag.delimited;
          at = start;
          state = DELIMITED;
        }
      }
    }
    if (state === PLAIN) {
      let byte = bytes[at] as number;
      while (byte !== separator && byte !== rowEnd) byte = bytes[++at] as number;
      if (at >= end) {
        if (at === start) state = START;
        break;
      }
      let stop = at;
      if (crlf && byte === rowEnd) {
        if (stop === start || bytes[stop - 1] !== CR) {
          at++;
          continue;
        }
        stop--;
      }
      fields[words] = start;
      fields[words + 1] = stop << 2;
    } else if (state !== FOUND) {
      scan.at = at;
      state = scanDelimited(scan, bytes, end, state);
      at = scan.at;
      if (at === end) break;
      fields[words] = start;
      fields[words + 1] = (scan.fieldEnd << 2) | scan.fieldFlags;
    }
    words += 2;
    state = START;
    if (bytes[at++] === separator) continue;
    if (words !== recordEnd) {
      scan.rowCount = rowCount;
      throw new RecordError(
        `has ${(words - recordEnd + stride) / 2} fields, where there are ${scan.columnCount} columns`,
      );
    }
    recordEnd += stride;
    rowCount++;
  }
  bytes[end] = behind;
  scan.words = words;
  scan.at = at;
  scan.state = state;
  scan.rowCount = rowCount;
  scan.fieldStart = start;
}

/**
 * Goes on within delimiters, up to the separator behind them: `scan.at`, and to the field's end: `scan.fieldEnd`.
 * Returns the state at `end` when that comes first.
 */
function scanDelimited(scan: RecordScan, bytes: Uint8Array, end: number, before: number): number {
  const { separator, delimiter, rowEnd, crlf } = scan.dialect;
  let { at } = scan;
  let state = before;
  for (;;) {
    if (state === DELIMITED) {
      at = closeOf(bytes, at, end, delimiter);
      if (at === end) break;
      at++;
      state = CLOSED;
    }
    if (at === end) break;
    const byte = bytes[at] as number;
    if (state === CLOSED && byte === delimiter) {
      scan.fieldFlags = FieldFlag.delimited | FieldFlag.doubled;
      at++;
      state = DELIMITED;
    } else if (state === CLOSED && crlf && byte === CR) {
      at++;
      state = CLOSED_CR;
    } else if (
      (byte === separator && state === CLOSED) ||
      (byte === rowEnd && crlf === (state === CLOSED_CR))
    ) {
      scan.fieldEnd = state === CLOSED_CR ? at - 2 : at - 1;
      break;
    } else throw new RecordError('has text behind a closing delimiter');
  }
  scan.at = at;
  return state;
}

/** Below this many bytes a loop is faster than a search, which costs a call and a view. */
const LOOP_BYTES = 256;

/** Where the next delimiter is, or `end`. */
function closeOf(bytes: Uint8Array, from: number, end: number, delimiter: number): number {
  const near = Math.min(end, from + LOOP_BYTES);
  let at = from;
  while (at < near && bytes[at] !== delimiter) at++;
  if (at < near || at === end) return at;
  const found = Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).indexOf(delimiter);
  return found < 0 ? end : at + found;
}

function growFields(scan: RecordScan): Int32Array {
  const fields = new Int32Array(scan.fields.length * 2);
  fields.set(scan.fields);
  scan.fields = fields;
  return fields;
}

/**
 * Ends the last record where the bytes end, if one has begun. Three bytes of room must be there.
 *
 * @throws RecordError for one whose delimiter is not closed
 */
export function endRecords(scan: RecordScan, bytes: Uint8Array): void {
  const begun = scan.words > scan.rowCount * scan.columnCount * 2;
  if (scan.state === START && !begun) return;
  if (scan.state === DELIMITED) throw new RecordError('ends within delimiters');
  const { rowEnd, crlf } = scan.dialect;
  let end = scan.at;
  const hasCr = end > scan.fieldStart && bytes[end - 1] === CR;
  if (crlf && !hasCr) bytes[end++] = CR;
  bytes[end++] = rowEnd;
  scanRecords(scan, bytes, end, scan.rowCount + 1);
}

/** Forgets the whole records; the one that has begun stays. */
export function dropRecords(scan: RecordScan): void {
  const done = scan.rowCount * scan.columnCount * 2;
  scan.fields.copyWithin(0, done, scan.words);
  scan.words -= done;
  scan.rowCount = 0;
}

/** The bytes have moved by so many places to the front. */
export function moveRecords(scan: RecordScan, places: number): void {
  const { fields, words } = scan;
  for (let word = 0; word < words; word += 2) {
    fields[word] = (fields[word] as number) - places;
    fields[word + 1] = (fields[word + 1] as number) - (places << 2);
  }
  scan.at -= places;
  scan.fieldStart -= places;
}
