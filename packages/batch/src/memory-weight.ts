/**
 * Weight for shared memory. V8 counts ordinary array buffers and collects garbage sooner the more they take; shared ones it
 * does not count, so that dead objects of a few bytes hold gigabytes for as long as little else happens.
 *
 * A large one is therefore given a companion: ordinary memory of the same size, which is counted, and lives as long. Nobody
 * writes to it, so the operating system never gives it a page.
 */

/** Smaller memory may be some that was used before, which is cleared, and takes pages (malloc's largest mmap threshold). */
const LEAST_BYTES = 32 << 20;
const MOST_BYTES = 0x7fffffff;

const companions = new WeakMap<object, ArrayBuffer>();

/** Has V8 count `byteLength` bytes of shared memory, for as long as `owner` lives. Below 32 MiB it does nothing. */
export function weigh(owner: object, byteLength: number): void {
  if (byteLength < LEAST_BYTES || companions.has(owner)) return;
  try {
    companions.set(owner, new ArrayBuffer(Math.min(byteLength, MOST_BYTES)));
  } catch (error) {
    // No address space for what is only a hint: then it goes without.
    if (!(error instanceof RangeError)) throw error;
  }
}

/** Whether an object has been given weight. */
export function isWeighed(owner: object): boolean {
  return companions.has(owner);
}
