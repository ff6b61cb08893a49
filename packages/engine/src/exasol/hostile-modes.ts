/**
 * A number that the environment sets in place of an option: tests run once more with one thread, batches of one row, or reads of a few
 * bytes (`MILLRACE_THREADS`, `MILLRACE_BATCH_ROWS`, `MILLRACE_READ_BYTES`), and must find the same.
 */
export function hostile(name: string): number | undefined {
  const value = process.env[`MILLRACE_${name}`];
  return value === undefined ? undefined : Number(value);
}
