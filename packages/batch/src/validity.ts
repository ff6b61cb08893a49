/** Kernels over validity bitmaps: one bit a row, least significant first, 1 = present (Arrow's order). */

/** Marks all rows present; bits past the last row are left 0, so that bitmaps compare bytewise. */
export function markAllPresent(bytes: Uint8Array, offset: number, rowCount: number): void {
  const whole = rowCount >> 3;
  bytes.fill(0xff, offset, offset + whole);
  const rest = rowCount & 7;
  if (rest > 0) bytes[offset + whole] = (1 << rest) - 1;
}

export function isPresent(bytes: Uint8Array, offset: number, row: number): boolean {
  return (((bytes[offset + (row >> 3)] as number) >> (row & 7)) & 1) === 1;
}

/** Absent rows among the first `rowCount`. */
export function countAbsent(bytes: Uint8Array, offset: number, rowCount: number): number {
  let present = 0;
  const whole = rowCount >> 3;
  for (let i = 0; i < whole; i++) present += BITS_SET[bytes[offset + i] as number] as number;
  const rest = rowCount & 7;
  if (rest > 0) {
    present += BITS_SET[(bytes[offset + whole] as number) & ((1 << rest) - 1)] as number;
  }
  return rowCount - present;
}

const BITS_SET = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let bits = byte; bits > 0; bits &= bits - 1) count++;
  return count;
});
