/**
 * Hostile modes take a thousand times as long for each byte, or row: then what is large is a thousandth as large. Nothing is
 * learnt from a gigabyte in pieces of seven bytes that is not learnt from a megabyte.
 */
export const SCALE: number =
  process.env.MILLRACE_READ_BYTES === undefined && process.env.MILLRACE_BATCH_ROWS === undefined
    ? 1
    : 1 / 1000;
