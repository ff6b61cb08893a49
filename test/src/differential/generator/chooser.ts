/** Random choices that favour what has come up least, so that a few hundred statements reach every feature. */
import { type Seed, seedOf } from '../../support/seed.js';
import type { Feature } from './features.js';

export class Chooser {
  readonly #seed: Seed;
  /** How often each feature was chosen, in statements that were kept or not. */
  readonly #chosen = new Map<Feature, number>();
  #noted = new Set<Feature>();

  constructor(seed: number) {
    this.#seed = seedOf(seed);
  }

  /** A whole number from 0 to `end` - 1. */
  below(end: number): number {
    return this.#seed.below(end);
  }

  chance(probability: number): boolean {
    return this.#seed.random() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** Some of them, `least` or more, in their order. */
  some<T>(values: readonly T[], least: number, most: number): T[] {
    const count = Math.min(values.length, least + this.below(most - least + 1));
    const left = values.map((_, i) => i);
    const taken = Array.from({ length: count }, () => left.splice(this.below(left.length), 1)[0]);
    return taken.sort((a, b) => (a ?? 0) - (b ?? 0)).map((i) => values[i ?? 0] as T);
  }

  /** One of several features, the rarer the likelier. It is noted. */
  feature<F extends Feature>(features: readonly F[]): F {
    const weights = features.map((feature) => 1 / (1 + (this.#chosen.get(feature) ?? 0)) ** 2);
    let left = this.#seed.random() * weights.reduce((sum, weight) => sum + weight, 0);
    const at = weights.findIndex((weight) => {
      left -= weight;
      return left <= 0;
    });
    const feature = features[Math.max(at, 0)] as F;
    this.note(feature);
    return feature;
  }

  note(feature: Feature): void {
    this.#noted.add(feature);
    this.#chosen.set(feature, (this.#chosen.get(feature) ?? 0) + 1);
  }

  /** What was noted since the last call. */
  takeNoted(): readonly Feature[] {
    const noted = [...this.#noted];
    this.#noted = new Set();
    return noted;
  }
}
