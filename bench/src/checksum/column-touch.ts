import type { ColumnView } from './column-view.js';

/**
 * Reads all of a columnar result once, as lightly as JavaScript can: every 32-bit word of values, text bytes and offsets
 * is added up. This is what timed runs do in place of the checksum (see "What is timed" in the README).
 */
export function touchColumns(views: readonly ColumnView[]): number {
  let fold = 0;
  for (const { values, offsets } of views) {
    fold = (fold + foldWords(words(values))) | 0;
    if (offsets !== undefined) fold = (fold + foldWords(offsets)) | 0;
  }
  return fold;
}

/** The whole 32-bit words of a view, over the same memory. */
export function words(view: ArrayBufferView): Int32Array {
  return new Int32Array(view.buffer, view.byteOffset, view.byteLength >> 2);
}

/** Four sums side by side: one alone would wait for itself, at twice the time. */
function foldWords(column: Int32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = column.length & ~3;
  for (let index = 0; index < whole; index += 4) {
    a = (a + (column[index] as number)) | 0;
    b = (b + (column[index + 1] as number)) | 0;
    c = (c + (column[index + 2] as number)) | 0;
    d = (d + (column[index + 3] as number)) | 0;
  }
  for (let index = whole; index < column.length; index++) a = (a + (column[index] as number)) | 0;
  return (a + b + c + d) | 0;
}
