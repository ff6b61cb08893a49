import { isAscii } from 'node:buffer';
import type { VariableVector, Vector } from '@millrace/batch';
import { StringCache } from './string-cache.js';
import type { RowRange, ValueReader } from './value-reader.js';

/** Methods of Buffer that its types leave out: a range as a string, without the cost of finding the encoding by name. */
interface BufferSlices {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

/** A result of fewer values than this is read without a cache, whose memory costs more than it would save. */
const LEAST_VALUES = 4096;

/**
 * A reader of one text column. Columns repeat themselves more often than not: as long as a cache of recent values pays
 * for itself, most values of a large result are strings that exist already, which costs neither a call nor memory.
 */
export function textReader(): ValueReader {
  let valuesRead = 0;
  let cache: StringCache | undefined;
  return (vector, range, out) => {
    valuesRead += range.to - range.from;
    if (valuesRead >= LEAST_VALUES) cache ??= new StringCache();
    if (cache?.pays) readCached(vector as VariableVector, range, out, cache);
    else readTexts(vector, range, out);
  };
}

function readCached(
  vector: VariableVector,
  { from, to }: RowRange,
  out: unknown[],
  cache: StringCache,
): void {
  const { offsets, data } = vector;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const slices = Buffer.from(
    data.buffer,
    data.byteOffset,
    data.byteLength,
  ) as unknown as BufferSlices;
  for (let row = from; row < to; row++) {
    const start = offsets[row] as number;
    const end = offsets[row + 1] as number;
    const found = cache.find(view, start, end - start);
    out[row - from] = found ?? cache.keep(view, start, end - start, slices.utf8Slice(start, end));
  }
}

/** A range of more bytes has large values: one string of all would hold them all as long as one of them is kept. */
const MOST_WHOLE_BYTES = 1 << 20;

/**
 * text. Where all bytes of the range are ASCII, they become one string, of which the values are parts: far cheaper than a
 * call for each value. (The JavaScript engine keeps a part of more than 12 characters as a reference to the whole; ranges
 * are small, so that one kept value does not hold on to much.)
 *
 * @throws Error (ERR_STRING_TOO_LONG) for a value of more than `constants.MAX_STRING_LENGTH` characters
 */
export function readTexts(vector: Vector, { from, to }: RowRange, out: unknown[]): void {
  const { offsets, data } = vector as VariableVector;
  const start = offsets[from] as number;
  const bytes = Buffer.from(data.buffer, data.byteOffset + start, (offsets[to] as number) - start);
  const slices = bytes as unknown as BufferSlices;
  if (bytes.length <= MOST_WHOLE_BYTES && isAscii(bytes)) {
    const whole = slices.latin1Slice(0, bytes.length);
    for (let row = from; row < to; row++) {
      out[row - from] = whole.substring(
        (offsets[row] as number) - start,
        (offsets[row + 1] as number) - start,
      );
    }
    return;
  }
  for (let row = from; row < to; row++) {
    out[row - from] = slices.utf8Slice(
      (offsets[row] as number) - start,
      (offsets[row + 1] as number) - start,
    );
  }
}

/** bytea: a copy, which stays valid when the batch is gone. */
export function readBytes(vector: Vector, { from, to }: RowRange, out: unknown[]): void {
  const { offsets, data } = vector as VariableVector;
  for (let row = from; row < to; row++) {
    out[row - from] = Buffer.from(
      data.subarray(offsets[row] as number, offsets[row + 1] as number),
    );
  }
}
