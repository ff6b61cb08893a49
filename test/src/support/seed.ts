import { seededRandom } from '../topology/key-samples.js';

export interface Seed {
  readonly seed: number;
  /** Numbers in [0, 1). */
  random(): number;
  /** Whole numbers from 0 to `end` - 1. */
  below(end: number): number;
}

/** The seed of a random test: `MILLRACE_SEED`, or the clock's. Put it into the test's name, or print it. */
export function testSeed(): Seed {
  return seedOf(Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000));
}

/** The numbers of a seed. */
export function seedOf(seed: number): Seed {
  const random = seededRandom(seed);
  return { seed, random, below: (end) => Math.floor(random() * end) };
}
