/** Milliseconds on a clock that all threads of the process share, as `performance.now()` is not. From any zero. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
