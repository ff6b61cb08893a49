/** Whole numbers below `end`, the same ones for the same seed. */
export type Below = (end: number) => number;

/** The seed of a random test: `MILLRACE_SEED`, or the clock's. Put it into the test's name. */
export function testSeed(): number {
  return Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
}

/** Mulberry32. */
export function numbersOf(seed: number): Below {
  let state = seed >>> 0;
  return (end) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  };
}
